//! [`Resend`]: the protocol of a re-sending link, without clock, thread or line.

use std::time::{Duration, Instant};

use super::error::ResendError;
use super::frame::{Numbered, ResendFrame, Step, Terms};
use super::options::{ResendOptions, SHORTEST_TIMEOUT, SMALLEST_WINDOW};
use super::receive_window::ReceiveWindow;
use super::send_window::{SendWindow, ToSend, interval};
use crate::link::object::Object;

/// One end of a re-sending link: messages and frames in, messages and frames out. The caller has the
/// line and the clock. (MoaT: `ReliableMsg`.)
///
/// Each message is delivered once and in order, as long as no frame is overtaken by half a window of
/// messages; or the link ends with a [`ResendError`]. Memory is bounded by two windows of messages each
/// way.
///
/// * A frame that came goes into [`input`](Resend::input).
/// * After each call of any other method, frames to send come from [`output`](Resend::output), until
///   there are no more.
/// * [`timeout`](Resend::timeout) says when to ask `output` again if nothing else happens.
///
/// Once it has ended, it sends nothing but the good-bye, and [`recv`](Resend::recv) hands out what came
/// before. [`ResendLayer`](super::ResendLayer) is all of this in a stack.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use iolite::link::layer::{Resend, ResendOptions};
/// use iolite::link::object::Object;
///
/// let mut now = Instant::now();
/// let [mut here, mut there] = [(); 2].map(|()| Resend::new(ResendOptions::new(), now));
/// here.send(Object::encode("not lost")?);
/// for turn in 0.. {
///     now += Duration::from_millis(200);
///     while let Some(frame) = here.output(now) {
///         if turn % 3 == 0 {                              // two of three frames are lost
///             there.input(now, &frame);
///         }
///     }
///     while let Some(frame) = there.output(now) {
///         here.input(now, &frame);
///     }
///     if let Some(message) = there.recv() {
///         assert_eq!(message.as_str(), Some("not lost"));
///         break;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "ReliableMsg")]
#[derive(Debug)]
pub struct Resend {
    /// As agreed on with the peer, once it has answered.
    options: ResendOptions,
    phase: ResendPhase,
    outgoing: SendWindow,
    incoming: ReceiveWindow,
    /// When the next acknowledgement is due.
    ack_due: Option<Instant>,
    /// The step of the handshake to send, apart from the attempts to begin one.
    reply: Option<Step>,
    /// The number that the peer made up for this connection.
    peer: Option<u64>,
    /// How many attempts were made since anything came: of the handshake, or of the oldest message
    /// under way.
    unanswered: u32,
    /// When anything came, or the beginning.
    heard: Instant,
    /// Whether to close when everything was acknowledged.
    is_closing: bool,
    /// Whether the last word is to be sent.
    has_last_word: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum ResendPhase {
    /// The handshake: what to say next, and when.
    Greeting {
        step: Step,
        due: Instant,
    },
    Up,
    /// Everything was acknowledged, and the good-bye is repeated until the peer answers it.
    Closing {
        due: Instant,
    },
    /// Ended, with or without an error.
    Ended {
        why: Option<ResendError>,
        last_word: LastWord,
    },
}

/// What is sent to a peer that goes on after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastWord {
    /// Nothing: whoever comes next on this line will greet it.
    None,
    /// That this side knows.
    Answer,
    /// That this side has closed, and what it has received.
    GoodBye,
}

impl Resend {
    /// One end, which begins with the handshake.
    pub fn new(options: ResendOptions, now: Instant) -> Resend {
        Resend {
            phase: ResendPhase::Greeting {
                step: Step::Reset,
                due: now,
            },
            outgoing: SendWindow::new(options.window),
            incoming: ReceiveWindow::new(options.window),
            ack_due: None,
            reply: None,
            peer: None,
            unanswered: 0,
            heard: now,
            is_closing: false,
            has_last_word: false,
            options,
        }
    }

    /// Queues a message. It may be many: see [`has_room`](Resend::has_room).
    pub fn send(&mut self, message: Object) {
        self.outgoing.push(message);
    }

    /// Whether fewer than a window of messages are queued, so that one more may well be.
    pub fn has_room(&self) -> bool {
        self.outgoing.has_room()
    }

    /// How many messages of this side were not acknowledged, the queued ones among them.
    pub fn unacknowledged(&self) -> usize {
        self.outgoing.unacknowledged()
    }

    /// The next message of the peer.
    pub fn recv(&mut self) -> Option<Object> {
        let before = self.incoming.expected();
        let message = self.incoming.pop();
        if self.incoming.expected() != before && self.phase == ResendPhase::Up {
            // There was no room for it before: the peer waits for this news.
            self.ack_due = Some(self.heard);
        }
        message
    }

    /// Closes the link when all messages have been acknowledged. The peer may say more until then;
    /// afterwards it cannot, since this protocol has no half-close. The link has ended when the peer
    /// knows, or was told as often as a message would be. (MoaT never says that it knows, and is told
    /// once.)
    pub fn close(&mut self) {
        self.is_closing = true;
        self.close_if_idle();
    }

    /// Whether the link has ended, and with which error. Without one, it was closed in good order.
    pub fn ended(&self) -> Option<Result<(), ResendError>> {
        match &self.phase {
            ResendPhase::Ended { why, .. } => Some(why.clone().map_or(Ok(()), Err)),
            _ => None,
        }
    }

    /// Whether the handshake is over and the link has not ended.
    pub fn is_up(&self) -> bool {
        self.phase == ResendPhase::Up
    }

    /// Whether everything was acknowledged and only the peer's answer to the good-bye is missing.
    pub fn is_saying_good_bye(&self) -> bool {
        matches!(self.phase, ResendPhase::Closing { .. })
    }

    /// Takes in a frame of the peer. What is no frame of this protocol ends the link.
    pub fn input(&mut self, now: Instant, frame: &Object) {
        let frame = ResendFrame::read(frame);
        (self.heard, self.unanswered) = (now, 0);
        match (&mut self.phase, frame) {
            (ResendPhase::Ended { .. }, frame) => self.after_the_end(frame.ok()),
            (_, Err(error)) => self.end(Some(error), LastWord::GoodBye, true),
            (ResendPhase::Closing { .. }, Ok(ResendFrame::Closed { expected, .. })) => {
                self.end(None, LastWord::Answer, expected.is_some());
            }
            (ResendPhase::Closing { due }, Ok(_)) => *due = now,
            (_, Ok(ResendFrame::Closed { expected, .. })) => self.closed_by_peer(expected),
            (_, Ok(ResendFrame::Handshake { step, terms })) => self.handshake(now, step, terms),
            (_, Ok(ResendFrame::Numbered(numbered))) => self.numbered(now, numbered),
        }
        self.close_if_idle();
    }

    /// Takes note that no frame of the peer will come any more. Without a good-bye that is an error.
    pub fn line_ended(&mut self) {
        let unacknowledged = self.outgoing.unacknowledged();
        match &self.phase {
            ResendPhase::Ended { .. } => {}
            // It has heard it, and has no way to say so.
            ResendPhase::Closing { .. } => self.end(None, LastWord::None, false),
            _ => {
                let error = ResendError::LineEnded { unacknowledged };
                self.end(Some(error), LastWord::None, false);
            }
        }
    }

    /// The next frame to send, if there is one now.
    pub fn output(&mut self, now: Instant) -> Option<Object> {
        let frame = match self.reply.take().filter(|_| self.is_up()) {
            Some(step) => self.greeting(step),
            // An attempt that ends the link is followed by the last word.
            None => self.attempt(now).or_else(|| self.last_word())?,
        };
        Some(frame.write())
    }

    /// When [`output`](Resend::output) may have something to say, if nothing else happens before.
    pub fn timeout(&self) -> Option<Instant> {
        match &self.phase {
            ResendPhase::Greeting { due, .. } | ResendPhase::Closing { due } => Some(*due),
            ResendPhase::Up => self
                .ack_due
                .into_iter()
                .chain(self.outgoing.next_time())
                .min(),
            ResendPhase::Ended { .. } => None,
        }
    }

    /// Ends the link. `is_due` says whether the last word is to be sent now, or only if the peer goes on.
    fn end(&mut self, why: Option<ResendError>, last_word: LastWord, is_due: bool) {
        self.phase = ResendPhase::Ended { why, last_word };
        self.has_last_word = is_due;
    }

    fn close_if_idle(&mut self) {
        let is_idle = self.is_closing && self.outgoing.unacknowledged() == 0;
        match (&self.phase, self.peer) {
            (ResendPhase::Up, Some(_)) if is_idle => {
                let due = self.heard;
                self.phase = ResendPhase::Closing { due };
            }
            // MoaT, or nobody yet: there will be no answer.
            (ResendPhase::Up | ResendPhase::Greeting { .. }, _) if is_idle => {
                self.end(None, LastWord::GoodBye, true);
            }
            _ => {}
        }
    }

    /// The last word may have been lost: a peer that goes on gets it again. Not in answer to its own,
    /// or two ends would answer each other forever.
    fn after_the_end(&mut self, frame: Option<ResendFrame>) {
        let ResendPhase::Ended { last_word, .. } = &mut self.phase else {
            return;
        };
        match frame {
            Some(ResendFrame::Closed { expected: None, .. }) => return,
            Some(ResendFrame::Closed { .. }) if *last_word != LastWord::None => {
                *last_word = LastWord::Answer;
            }
            _ => {}
        }
        self.has_last_word = *last_word != LastWord::None;
    }

    fn closed_by_peer(&mut self, expected: Option<u16>) {
        if let Some(expected) = expected.filter(|&expected| expected < self.options.window) {
            self.outgoing.acknowledge(expected, &[]);
        }
        let unacknowledged = self.outgoing.unacknowledged();
        let is_lossless = unacknowledged == 0 && !self.incoming.has_gap();
        let why = (!is_lossless).then_some(ResendError::PeerClosed { unacknowledged });
        self.end(why, LastWord::Answer, expected.is_some());
    }

    fn handshake(&mut self, now: Instant, step: Step, terms: Terms) {
        match (&self.phase, step) {
            (ResendPhase::Greeting { .. }, Step::Reset) => self.greet_back(now, terms),
            (ResendPhase::Greeting { .. }, Step::Acknowledge) => {
                self.peer = terms.connection;
                self.agree(terms);
                self.reply = Some(Step::Confirm);
                self.phase = ResendPhase::Up;
            }
            // It confirms what we have not sent.
            (
                ResendPhase::Greeting {
                    step: Step::Reset, ..
                },
                Step::Confirm,
            ) => self.greet(Step::Reset, now),
            (ResendPhase::Greeting { .. }, Step::Confirm) => self.phase = ResendPhase::Up,
            (ResendPhase::Up, Step::Reset) => self.reset_by_peer(now, terms),
            // Our answer to it was lost.
            (ResendPhase::Up, Step::Acknowledge) if self.is_peer(terms) => {
                self.reply = Some(Step::Confirm);
            }
            _ => {}
        }
    }

    /// Answers a peer that begins.
    fn greet_back(&mut self, now: Instant, terms: Terms) {
        self.peer = terms.connection;
        self.agree(terms);
        self.greet(Step::Acknowledge, now);
    }

    /// Takes the next attempt of the handshake at once.
    fn greet(&mut self, step: Step, now: Instant) {
        self.phase = ResendPhase::Greeting { step, due: now };
    }

    /// Whether this comes from the connection that the peer began with, as far as one can tell.
    fn is_peer(&self, terms: Terms) -> bool {
        self.peer.is_none() || terms.connection.is_none() || self.peer == terms.connection
    }

    /// The peer begins anew; or it is an old frame that comes late.
    fn reset_by_peer(&mut self, now: Instant, terms: Terms) {
        if self.peer.is_some() && self.peer == terms.connection {
            return;
        }
        if self.incoming.is_untouched() && self.outgoing.is_untouched() {
            // Nothing has been taken by anybody, so nothing can be taken twice.
            self.greet_back(now, terms);
        } else {
            let unacknowledged = self.outgoing.unacknowledged();
            self.end(
                Some(ResendError::PeerRestarted { unacknowledged }),
                LastWord::None,
                false,
            );
        }
    }

    /// Takes over what the two ends agree on.
    fn agree(&mut self, terms: Terms) {
        if terms.window > 0 {
            let window = self.options.window.min(terms.window).max(SMALLEST_WINDOW);
            self.options.window = window;
            self.outgoing.set_window(window);
            self.incoming.set_window(window);
        }
        let timeout = Duration::from_millis(terms.timeout).max(SHORTEST_TIMEOUT);
        self.options.timeout = self.options.timeout.max(timeout).min(LONGEST_TIMEOUT);
    }

    fn numbered(&mut self, now: Instant, numbered: Numbered) {
        match &self.phase {
            // The peer is from before our beginning, or has not heard of it.
            ResendPhase::Greeting {
                step: Step::Reset, ..
            } => return self.greet(Step::Reset, now),
            // Its last word of the handshake was lost.
            ResendPhase::Greeting { .. } => self.phase = ResendPhase::Up,
            _ => {}
        }
        let window = self.options.window;
        let numbers = [numbered.number, numbered.expected];
        if numbers
            .iter()
            .chain(&numbered.held)
            .any(|&number| number >= window)
        {
            return self.end(Some(ResendError::Malformed), LastWord::GoodBye, true);
        }
        self.outgoing.acknowledge(numbered.expected, &numbered.held);
        if let Some(message) = numbered.message {
            self.incoming.take(numbered.number, message);
            // Also for one that was there before: its acknowledgement was lost.
            let due = now.checked_add(self.options.ack_delay).unwrap_or(now);
            self.ack_due = Some(self.ack_due.map_or(due, |before| before.min(due)));
        }
    }

    /// What is to be sent of our own accord.
    fn attempt(&mut self, now: Instant) -> Option<ResendFrame> {
        match &mut self.phase {
            ResendPhase::Up => self.next_numbered(now),
            ResendPhase::Ended { .. } => None,
            ResendPhase::Greeting { due, .. } | ResendPhase::Closing { due } if *due > now => None,
            ResendPhase::Greeting { step, due } => {
                let step = *step;
                *due = now.checked_add(interval(&self.options, self.unanswered + 1))?;
                self.count_attempt(now, 0)?;
                Some(self.greeting(step))
            }
            ResendPhase::Closing { due } => {
                *due = now.checked_add(interval(&self.options, self.unanswered + 1))?;
                self.count_attempt(now, 0)?;
                Some(self.good_bye())
            }
        }
    }

    /// A new message, one whose time has come again, or an acknowledgement.
    fn next_numbered(&mut self, now: Instant) -> Option<ResendFrame> {
        let due = now.checked_add(self.options.timeout);
        if let Some(sending) = self.outgoing.next_new(due) {
            self.unanswered = self.unanswered.max(1);
            return Some(with(sending, &mut self.ack_due, &self.incoming));
        }
        if let Some(sending) = self.outgoing.next_due(now, &self.options) {
            let (index, before) = (sending.index, sending.before);
            let frame = with(sending, &mut self.ack_due, &self.incoming);
            if index == 0 {
                self.count_attempt(now, before)?;
            }
            return Some(frame);
        }
        self.ack_due.take_if(|due| *due <= now)?;
        Some(numbered(self.outgoing.head(), None, &self.incoming))
    }

    /// Counts one more attempt of something that was sent `before` so many times. `None` if that was
    /// the last one, and the link has ended.
    fn count_attempt(&mut self, now: Instant, before: u32) -> Option<()> {
        let retries = self.options.retries;
        if self.unanswered > retries && matches!(self.phase, ResendPhase::Closing { .. }) {
            // It has all messages, and that is what counts.
            self.end(None, LastWord::GoodBye, false);
            return None;
        }
        if self.unanswered > retries {
            let silence = now.saturating_duration_since(self.heard);
            self.end(
                Some(ResendError::PeerSilent { silence }),
                LastWord::GoodBye,
                true,
            );
            return None;
        }
        if before >= retries.saturating_mul(8) {
            self.end(
                Some(ResendError::NotTaken { attempts: before }),
                LastWord::GoodBye,
                true,
            );
            return None;
        }
        self.unanswered += 1;
        Some(())
    }

    fn last_word(&mut self) -> Option<ResendFrame> {
        match &self.phase {
            ResendPhase::Ended { last_word, .. } if std::mem::take(&mut self.has_last_word) => {
                match last_word {
                    LastWord::GoodBye => Some(self.good_bye()),
                    _ => Some(ResendFrame::Closed { expected: None }),
                }
            }
            _ => None,
        }
    }

    /// That this side has closed; to a peer that answers it also says what has been received, so that
    /// an acknowledgement that was lost is not missed.
    fn good_bye(&self) -> ResendFrame {
        let expected = self.peer.map(|_| self.incoming.expected());
        ResendFrame::Closed { expected }
    }

    fn greeting(&self, step: Step) -> ResendFrame {
        let timeout = self.options.timeout.as_millis();
        let terms = Terms {
            window: self.options.window,
            timeout: u64::try_from(timeout).unwrap_or(u64::MAX),
            connection: self.options.connection,
        };
        ResendFrame::Handshake { step, terms }
    }
}

/// A frame with a message, which is an acknowledgement as well.
fn with(
    sending: ToSend<'_>,
    ack_due: &mut Option<Instant>,
    incoming: &ReceiveWindow,
) -> ResendFrame {
    *ack_due = None;
    numbered(sending.number, Some(sending.message.clone()), incoming)
}

fn numbered(number: u16, message: Option<Object>, incoming: &ReceiveWindow) -> ResendFrame {
    ResendFrame::Numbered(Numbered {
        number,
        expected: incoming.expected(),
        held: incoming.held(),
        message,
    })
}

/// What a peer may ask for: it could otherwise make us wait for years.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);
