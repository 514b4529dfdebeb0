//! What makes a chunk of either kind like the bytes that it shows: compared, ordered and hashed as
//! they are.

/// The traits that follow from `Deref<Target = [u8]>`.
macro_rules! like_bytes {
    ($chunk:ident) => {
        impl AsRef<[u8]> for $chunk {
            #[inline]
            fn as_ref(&self) -> &[u8] {
                self
            }
        }

        impl Borrow<[u8]> for $chunk {
            fn borrow(&self) -> &[u8] {
                self
            }
        }

        impl<T: AsRef<[u8]> + ?Sized> PartialEq<T> for $chunk {
            fn eq(&self, other: &T) -> bool {
                **self == *other.as_ref()
            }
        }

        impl Eq for $chunk {}

        mirrored!($chunk: [u8], &[u8], str, &str, Vec<u8>, String);

        impl<const N: usize> PartialEq<$chunk> for [u8; N] {
            fn eq(&self, other: &$chunk) -> bool {
                *other == *self
            }
        }

        impl<const N: usize> PartialEq<$chunk> for &[u8; N] {
            fn eq(&self, other: &$chunk) -> bool {
                *other == **self
            }
        }

        impl PartialOrd for $chunk {
            fn partial_cmp(&self, other: &$chunk) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $chunk {
            fn cmp(&self, other: &$chunk) -> Ordering {
                (**self).cmp(&**other)
            }
        }

        impl Hash for $chunk {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }

        impl fmt::Debug for $chunk {
            /// Shows the length and at most the first 32 bytes.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let shown = self.len().min(32);
                let more = if shown < self.len() { "…" } else { "" };
                write!(
                    f,
                    "{}({} bytes: \"{}\"{more})",
                    stringify!($chunk),
                    self.len(),
                    self[..shown].escape_ascii()
                )
            }
        }
    };
}

/// The comparisons of `like_bytes` from the other side. One by one: a general one is not allowed
/// for types that are not ours.
macro_rules! mirrored {
    ($chunk:ident: $($bytes:ty),*) => {
        $(impl PartialEq<$chunk> for $bytes {
            fn eq(&self, other: &$chunk) -> bool {
                *other == *self
            }
        })*
    };
}

pub(super) use {like_bytes, mirrored};
