//! What a [`ByteLink`](super::ByteLink) and an [`ObjectLink`](super::ObjectLink) have in common: two
//! halves, and the way to end both.

/// Makes a link of its halves and halves of it, and closes it.
macro_rules! link_of_halves {
    ($link:ident, $halves:ident, $receiver:ident, $sender:ident) => {
        impl $link {
            /// A link of these halves.
            pub fn new(
                receiver: impl $receiver + 'static,
                sender: impl $sender + 'static,
                abort: AbortHandle,
            ) -> $link {
                $link::from((Box::new(receiver) as _, Box::new(sender) as _, abort))
            }

            /// Ends both directions, the upper layers first, and reports the first error. The link is
            /// closed in any case.
            ///
            /// # Errors
            ///
            #[doc = concat!("As for [`shutdown`](Self::shutdown) and [`", stringify!($receiver), "::close`].")]
            pub fn close(mut self) -> Result<(), LinkError> {
                let sent = self.sender.shutdown();
                let received = self.receiver.close();
                sent.and(received)
            }

            /// What ends the link from another thread.
            pub fn abort_handle(&self) -> AbortHandle {
                self.abort.clone()
            }

            /// The halves, for two threads. [`from`](Self::from) joins them again.
            pub fn split(self) -> $halves {
                (self.receiver, self.sender, self.abort)
            }
        }

        impl From<$halves> for $link {
            fn from((receiver, sender, abort): $halves) -> $link {
                $link {
                    sender,
                    receiver,
                    abort,
                }
            }
        }

        impl std::fmt::Debug for $link {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($link))
                    .field("abort", &self.abort)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(super) use link_of_halves;
