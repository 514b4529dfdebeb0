//! The re-sending protocol, rule by rule, and each fault of MoaT's own. (With MoaT's recordings:
//! `resend_recorded`; with any line: `resend_model`.)

use std::time::{Duration, Instant};

use iolite::Chunk;
use iolite::link::layer::{Resend, ResendError, ResendOptions};
use iolite::link::object::Object;

fn object(diagnostic: &[u8]) -> Object {
    Object::new(Chunk::copy_from_slice(diagnostic)).unwrap()
}

pub(crate) fn encoded<T: serde::Serialize>(value: T) -> Object {
    Object::encode(&value).unwrap()
}

/// What an end has to say now, for people.
pub(crate) fn says(end: &mut Resend, now: Instant) -> Vec<String> {
    let frames = std::iter::from_fn(|| end.output(now));
    frames.map(|frame| frame.diagnostic().to_string()).collect()
}

/// Lets two ends talk without any loss until neither has anything to say at this time.
fn talk(ends: &mut [Resend; 2], now: Instant) -> usize {
    let mut frames = 0;
    loop {
        let before = frames;
        for from in 0..2 {
            while let Some(frame) = ends[from].output(now) {
                ends[1 - from].input(now, &frame);
                frames += 1;
            }
        }
        if frames == before {
            return frames;
        }
    }
}

fn pair(options: ResendOptions, now: Instant) -> [Resend; 2] {
    [(); 2].map(|()| Resend::new(options.clone(), now))
}

pub(crate) fn received(end: &mut Resend) -> Vec<String> {
    let messages = std::iter::from_fn(|| end.recv());
    messages
        .map(|message| message.diagnostic().to_string())
        .collect()
}

/// f21: three frames a message. Ours are two, and one where an answer goes back.
#[test]
fn a_message_is_two_frames_and_with_an_answer_one() {
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    assert_eq!(talk(&mut ends, now), 3, "-2, -3, -4");
    ends[0].send(encoded("question"));
    assert_eq!(talk(&mut ends, now), 2);

    let mut ends = pair(
        ResendOptions::new().ack_delay(Duration::from_millis(20)),
        now,
    );
    talk(&mut ends, now);
    let mut frames = 0;
    for _ in 0..10 {
        ends[0].send(encoded("question"));
        frames += talk(&mut ends, now);
        ends[1].send(encoded("answer"));
        frames += talk(&mut ends, now);
        let _ = ends.each_mut().map(Resend::recv);
    }
    assert_eq!(frames, 20);
    let due = ends[0].timeout().unwrap();
    assert_eq!(
        due,
        now + Duration::from_millis(20),
        "the last answer is acknowledged in time"
    );
    assert_eq!(talk(&mut ends, due), 1);
    assert_eq!(ends.each_ref().map(Resend::unacknowledged), [0, 0]);
}

/// f21: MoaT sends an empty list as an acknowledgement, and again for ever.
#[test]
fn every_kind_of_message_arrives_as_it_is() {
    let messages: [&[u8]; 9] = [
        b"\x80",             // []
        b"\x81\x80",         // [[]]
        b"\x81\x01",         // [1]
        b"\x82\x01\x80",     // [1, []]
        b"\x9f\x01\x02\xff", // [_ 1, 2]
        b"\x9f\xff",         // [_ ]
        b"\x05",
        b"\xa1\x61a\x80",
        b"\xf7",
    ];
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    for bytes in messages {
        ends[0].send(object(bytes));
        talk(&mut ends, now);
        let message = ends[1].recv().unwrap();
        assert_eq!(message.value(), object(bytes).value());
        assert_eq!(ends[0].unacknowledged(), 0, "{message:?}");
    }
}

/// The form that MoaT reads as an empty list: it takes a single element for the message.
#[test]
fn an_empty_list_is_one_element() {
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    ends[0].send(object(b"\x80"));
    assert_eq!(says(&mut ends[0], now), ["[0, 0, []]"]);
}

/// f21: a received good-bye raised an exception, and looked like a crash.
#[test]
fn a_good_bye_with_a_text_or_without_is_a_clean_end() {
    for frame in [&b"\x81\x20"[..], b"\x82\x20\x64bye!"] {
        let now = Instant::now();
        let mut ends = pair(ResendOptions::new(), now);
        ends[1].send(encoded("last"));
        talk(&mut ends, now);
        ends[0].input(now, &object(frame));
        assert_eq!(received(&mut ends[0]), [r#""last""#]);
        assert_eq!(ends[0].ended(), Some(Ok(())));
    }
}

/// f21: a lost peer was sent to without end.
#[test]
fn lnk_30_a_silent_peer_is_tried_eight_times_and_ever_more_slowly() {
    let start = Instant::now();
    let mut ends = pair(ResendOptions::new(), start);
    talk(&mut ends, start);
    ends[0].send(encoded("anybody?"));
    let mut times = Vec::new();
    let mut now = start;
    while ends[0].ended().is_none() {
        let said = says(&mut ends[0], now);
        times.extend(said.iter().map(|_| (now - start).as_millis()));
        now = ends[0].timeout().unwrap_or(now);
    }
    assert_eq!(
        times,
        [0, 1000, 2500, 4750, 8125, 13187, 20781, 30781, 40781, 50781]
    );
    let silence = Duration::from_nanos(50_781_250_000);
    assert_eq!(
        ends[0].ended(),
        Some(Err(ResendError::PeerSilent { silence }))
    );
    // The last frame was the good-bye.
    assert_eq!(ends[0].timeout(), None);
}

#[test]
fn a_peer_that_never_greets_is_given_up() {
    let mut now = Instant::now();
    let options = ResendOptions::new()
        .retries(2)
        .backoff(1.0)
        .timeout(Duration::from_millis(50));
    let mut end = Resend::new(options, now);
    let mut said = Vec::new();
    while end.ended().is_none() {
        said.append(&mut says(&mut end, now));
        now = end.timeout().unwrap_or(now);
    }
    assert_eq!(said, ["[-2, 8, 50]", "[-2, 8, 50]", "[-2, 8, 50]", "[-1]"]);
    let silence = Duration::from_millis(150);
    assert_eq!(end.ended(), Some(Err(ResendError::PeerSilent { silence })));
}

/// A peer that lives and cannot take a message, however often it comes.
#[test]
fn a_message_that_is_never_taken_ends_the_link() {
    let mut now = Instant::now();
    let options = ResendOptions::new()
        .retries(2)
        .backoff(1.0)
        .timeout(Duration::from_millis(50));
    let mut ends = pair(options, now);
    talk(&mut ends, now);
    ends[0].send(encoded("too long for the line"));
    let mut attempts = 0;
    while ends[0].ended().is_none() {
        attempts += says(&mut ends[0], now).len();
        // It says that it is there, and that it expects the same as before.
        ends[0].input(now, &object(b"\x82\x00\x00"));
        now = ends[0].timeout().unwrap_or(now);
    }
    assert_eq!(
        ends[0].ended(),
        Some(Err(ResendError::NotTaken { attempts: 16 }))
    );
    assert_eq!(attempts, 17, "with the good-bye");
}

/// f21: a restart was not told from a frame that comes twice.
#[test]
fn a_restart_is_told_from_an_old_frame_by_the_number_of_the_connection() {
    let now = Instant::now();
    let mut ends = [1, 2].map(|number| Resend::new(ResendOptions::new().connection(number), now));
    let greeting = ends[0].output(now).unwrap();
    assert_eq!(greeting.diagnostic().to_string(), "[-2, 8, 1000, 1]");
    ends[1].input(now, &greeting);
    ends[0].send(encoded("kept"));
    talk(&mut ends, now);
    ends[1].input(now, &greeting);
    assert!(ends[1].is_up());
    assert_eq!(received(&mut ends[1]), [r#""kept""#]);

    ends[1].send(encoded("not taken by the one before"));
    let mut restarted = Resend::new(ResendOptions::new().connection(3), now);
    ends[1].input(now, &restarted.output(now).unwrap());
    let error = ResendError::PeerRestarted { unacknowledged: 1 };
    assert_eq!(ends[1].ended(), Some(Err(error)));
    assert_eq!(
        says(&mut ends[1], now),
        [""; 0],
        "what comes next on this line will answer"
    );
}

/// MoaT has no such number, so whatever says "I begin" ends the link if it would lose something.
#[test]
fn without_numbers_a_second_beginning_is_harmless_until_something_was_taken() {
    let now = Instant::now();
    let greeting = object(b"\x83\x21\x08\x19\x03\xe8");
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    ends[1].input(now, &greeting);
    assert_eq!(says(&mut ends[1], now), ["[-3, 8, 1000]"]);
    talk(&mut ends, now);
    ends[0].send(encoded("once"));
    talk(&mut ends, now);
    assert_eq!(received(&mut ends[1]), [r#""once""#]);
    ends[1].input(now, &greeting);
    let error = ResendError::PeerRestarted { unacknowledged: 0 };
    assert_eq!(ends[1].ended(), Some(Err(error)));
}

/// MoaT takes an acknowledgement from the past for one of everything under way.
#[test]
fn an_acknowledgement_that_comes_late_acknowledges_nothing() {
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    for number in 0..6 {
        ends[0].send(encoded(number));
        talk(&mut ends, now);
    }
    for number in 6..9 {
        ends[0].send(encoded(number));
    }
    let under_way = says(&mut ends[0], now);
    assert_eq!(under_way, ["[6, 0, 6]", "[7, 0, 7]", "[0, 0, 8]"]);
    for expected in 2..=6 {
        ends[0].input(now, &object(&[0x82, 0, expected]));
        assert_eq!(ends[0].unacknowledged(), 3, "{expected} came late");
    }
    ends[0].input(now, &object(&[0x82, 0, 1]));
    assert_eq!(ends[0].unacknowledged(), 0);
}

#[test]
fn a_slow_reader_holds_the_sender_back_and_loses_nothing() {
    let mut now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    let mut next = 0;
    for _ in 0..100 {
        while ends[0].has_room() {
            ends[0].send(encoded(next));
            next += 1;
        }
        talk(&mut ends, now);
        now += Duration::from_millis(500);
    }
    assert!(
        next <= 32,
        "{next} messages were taken, and none was received"
    );
    let mut taken = Vec::new();
    while taken.len() < next {
        let message = ends[1].recv().map(|message| message.as_int().unwrap());
        taken.extend(message);
        talk(&mut ends, now);
    }
    assert!(taken.into_iter().eq(0..next as i128));
}

#[test]
fn a_frame_that_is_none_ends_the_link() {
    let bad: [&[u8]; 13] = [
        b"\x05",
        b"\xa0",
        b"\x80",
        b"\x81\x01",
        b"\x82\x61a\x00",
        b"\x82\x08\x00",                 // a number beyond the window
        b"\x82\x00\x08",                 // the same of the next one
        b"\x84\x00\x20\x81\x08\x01",     // the same of one that is held
        b"\x82\x00\x20",                 // without the list that -1 announces
        b"\x83\x00\x20\x01",             // no list
        b"\x82\x1a\x00\x01\x00\x00\x00", // 65536
        b"\x81\x24",                     // -5
        b"\x82\x21\x61a",
    ];
    for frame in bad {
        let now = Instant::now();
        let mut ends = pair(ResendOptions::new(), now);
        talk(&mut ends, now);
        ends[0].input(now, &object(frame));
        assert_eq!(
            ends[0].ended(),
            Some(Err(ResendError::Malformed)),
            "{frame:02x?}"
        );
        assert_eq!(says(&mut ends[0], now), ["[-1]"]);
    }
}

#[test]
fn closing_waits_for_acknowledgements_and_is_repeated_to_who_missed_it() {
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    ends[0].send(encoded("last"));
    ends[0].close();
    assert_eq!(
        says(&mut ends[0], now),
        [r#"[0, 0, "last"]"#],
        "and it is lost"
    );
    assert_eq!(ends[0].ended(), None);
    let due = ends[0].timeout().unwrap();
    talk(&mut ends, due);
    assert_eq!(
        ends.each_ref().map(Resend::ended),
        [Some(Ok(())), Some(Ok(()))]
    );
    assert_eq!(received(&mut ends[1]), [r#""last""#]);

    ends[0].input(due, &object(b"\x82\x00\x00"));
    assert_eq!(says(&mut ends[0], due), ["[-1]"]);
    ends[0].input(due, &object(b"\x81\x20"));
    assert_eq!(says(&mut ends[0], due), [""; 0]);
}

/// The good-bye is part of what may be lost, and so is the last acknowledgement before it.
#[test]
fn a_good_bye_between_two_of_us_is_answered_and_says_what_was_received() {
    let now = Instant::now();
    let mut ends = [1, 2].map(|number| Resend::new(ResendOptions::new().connection(number), now));
    talk(&mut ends, now);
    ends[1].send(encoded("last"));
    let last = ends[1].output(now).unwrap();
    ends[0].input(now, &last);
    assert_eq!(says(&mut ends[0], now), ["[0, 1]"], "and it is lost");
    ends[0].close();
    assert_eq!(says(&mut ends[0], now), ["[-1, null, 1]"], "this, too");
    assert_eq!(ends[0].ended(), None);
    let due = ends[0].timeout().unwrap();
    assert_eq!(due, now + Duration::from_secs(1));
    let good_bye = ends[0].output(due).unwrap();
    ends[1].input(due, &good_bye);
    assert_eq!(ends[1].ended(), Some(Ok(())));
    assert_eq!(says(&mut ends[1], due), ["[-1]"], "and this");
    // Which is said again when it is asked for again.
    ends[1].input(due, &good_bye);
    let answer = ends[1].output(due).unwrap();
    ends[0].input(due, &answer);
    assert_eq!(ends[0].ended(), Some(Ok(())));
    assert_eq!(says(&mut ends[0], due), [""; 0]);
}

#[test]
fn two_of_us_that_close_at_once_end_well() {
    let now = Instant::now();
    let mut ends = [1, 2].map(|number| Resend::new(ResendOptions::new().connection(number), now));
    talk(&mut ends, now);
    ends.iter_mut().for_each(Resend::close);
    let frames = ends.each_mut().map(|end| end.output(now).unwrap());
    ends[0].input(now, &frames[1]);
    // The other one never heard of this side's good-bye, and asks again.
    assert_eq!(says(&mut ends[0], now), ["[-1]"]);
    ends[0].input(now, &frames[1]);
    let answer = ends[0].output(now).unwrap();
    ends[1].input(now, &answer);
    assert_eq!(
        ends.each_ref().map(Resend::ended),
        [Some(Ok(())), Some(Ok(()))]
    );
    assert_eq!(talk(&mut ends, now), 0);
}

#[test]
fn a_good_bye_that_nobody_answers_ends_as_well() {
    let now = Instant::now();
    let mut ends = [1, 2].map(|number| Resend::new(ResendOptions::new().connection(number), now));
    talk(&mut ends, now);
    ends[0].close();
    let mut said = 0;
    while let Some(due) = ends[0].timeout() {
        said += says(&mut ends[0], due).len();
    }
    assert_eq!((said, ends[0].ended()), (9, Some(Ok(()))));

    // The line's end is as good as an answer.
    ends[1].close();
    ends[1].line_ended();
    assert_eq!(ends[1].ended(), Some(Ok(())));
}

#[test]
fn a_line_that_ends_before_the_good_bye_is_an_error() {
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    ends[0].send(encoded("lost?"));
    ends[0].line_ended();
    let error = ResendError::LineEnded { unacknowledged: 1 };
    assert_eq!(ends[0].ended(), Some(Err(error)));
}

#[test]
fn a_peer_that_closes_too_early_is_an_error_with_what_may_be_lost() {
    let now = Instant::now();
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    ends[0].send(encoded(1));
    ends[0].send(encoded(2));
    ends[0].input(now, &object(b"\x81\x20"));
    let error = ResendError::PeerClosed { unacknowledged: 2 };
    assert_eq!(ends[0].ended(), Some(Err(error)));

    // What came before its turn has a predecessor that will never come.
    let mut ends = pair(ResendOptions::new(), now);
    talk(&mut ends, now);
    ends[0].input(now, &object(b"\x83\x01\x00\x61x"));
    ends[0].input(now, &object(b"\x81\x20"));
    let error = ResendError::PeerClosed { unacknowledged: 0 };
    assert_eq!(ends[0].ended(), Some(Err(error)));
    assert_eq!(ends[0].recv(), None);
}

#[test]
fn the_two_ends_agree_on_the_smaller_window_and_the_longer_time() {
    let now = Instant::now();
    let options = |window, millis| {
        let options = ResendOptions::new().window(window);
        options.timeout(Duration::from_millis(millis))
    };
    let mut ends = [options(16, 300), options(6, 700)].map(|options| Resend::new(options, now));
    let first = ends[0].output(now).unwrap();
    ends[1].input(now, &first);
    assert_eq!(says(&mut ends[1], now), ["[-3, 6, 700]"]);
    ends[0].input(now, &object(b"\x83\x22\x06\x19\x02\xbc"));
    assert_eq!(says(&mut ends[0], now), ["[-4, 6, 700]"]);
    // 0 and nothing at all are "as you like", and further elements are somebody else's.
    for rest in [
        &b"\x81\x21"[..],
        b"\x83\x21\x00\x00",
        b"\x85\x21\x00\x00\x61x\x80",
    ] {
        let mut end = Resend::new(options(6, 700), now);
        end.input(now, &object(rest));
        assert_eq!(says(&mut end, now), ["[-3, 6, 700]"]);
    }
}
