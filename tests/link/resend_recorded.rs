//! The re-sending protocol in the place of either end of MoaT's recordings.

use std::time::{Duration, Instant};

use iolite::link::layer::{Resend, ResendOptions};
use iolite::link::object::Object;
use serde_json::Value as Json;

use crate::resend::{encoded, received, says};

/// One frame of a recording.
struct Recorded {
    is_of_a: bool,
    frame: Object,
    is_lost: bool,
}

/// The recordings with a re-sending layer: what was sent, and what was on the line.
fn recordings() -> Vec<(String, Vec<Object>, Vec<Recorded>)> {
    let all: Json = serde_json::from_str(include_str!("recordings/_layers.json")).unwrap();
    let cases = all["cases"].as_array().unwrap().iter();
    let reliable = cases.filter(|case| case["what"].as_str().unwrap().contains("reliable"));
    let recorded = |entry: &Json| {
        let hex = entry["hex"].as_str().unwrap();
        // The text of the last word is Python's own, and was left out of the recording.
        let is_last = hex == "8220...";
        let bytes = if is_last {
            b"\x82\x20\x64bye!".to_vec()
        } else {
            unhex(hex)
        };
        Recorded {
            is_of_a: entry["from"] == "a",
            frame: Object::new(bytes.into()).unwrap(),
            is_lost: entry["lost"] == true,
        }
    };
    reliable
        .map(|case| {
            // With SerialPacker the frame's head and its checksum are entries of their own.
            let wire = case["wire"].as_array().unwrap().iter();
            let wire = wire.filter(|entry| entry["diag"].is_string()).map(recorded);
            let sent = case["sent"].as_array().unwrap().iter();
            let sent = sent.map(|text| {
                let json: Json = serde_json::from_str(text.as_str().unwrap()).unwrap();
                encoded(json)
            });
            (
                case["what"].as_str().unwrap().to_owned(),
                sent.collect(),
                wire.collect(),
            )
        })
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn options(what: &str, is_a: bool) -> ResendOptions {
    let window = if what.contains("windows 8 and 4") && !is_a {
        4
    } else {
        8
    };
    ResendOptions::new()
        .window(window)
        .timeout(Duration::from_millis(200))
}

/// In the place of MoaT's receiver we answer every frame of the recordings with the same bytes.
#[test]
fn lnk_29_the_recorded_receiver_is_replayed_exactly() {
    let cases = recordings();
    assert_eq!(cases.len(), 5);
    for (what, sent, wire) in cases {
        let mut now = Instant::now();
        let mut end = Resend::new(options(&what, false), now);
        let mut expected = Vec::new();
        let (mut said, mut taken) = (Vec::new(), Vec::new());
        for recorded in &wire {
            now += Duration::from_millis(20);
            if recorded.is_of_a {
                if !recorded.is_lost {
                    end.input(now, &recorded.frame);
                }
            } else {
                expected.push(recorded.frame.diagnostic().to_string());
            }
            said.append(&mut says(&mut end, now));
            taken.append(&mut received(&mut end));
        }
        // MoaT's last word has the exception's text; ours has none.
        end.close();
        said.append(&mut says(&mut end, now));
        let last = expected.last_mut().unwrap();
        if last.starts_with("[-1,") {
            *last = "[-1]".to_owned();
        } else {
            expected.push("[-1]".to_owned());
        }
        assert_eq!(said, expected, "{what}");
        let sent: Vec<String> = sent
            .iter()
            .map(|sent| sent.diagnostic().to_string())
            .collect();
        assert_eq!(taken, sent, "{what}");
    }
}

/// In the place of MoaT's sender we send the same bytes at the same places, except that we do not
/// acknowledge acknowledgements.
#[test]
fn lnk_29_the_recorded_sender_is_replayed_without_its_acknowledgements_of_acknowledgements() {
    for (what, sent, wire) in recordings() {
        let mut now = Instant::now();
        let mut end = Resend::new(options(&what, true), now);
        let mut unsent = sent.into_iter();
        let mut seen = Vec::new();
        for recorded in &wire {
            let (items, count) = recorded.frame.items().unwrap();
            let text = recorded.frame.diagnostic().to_string();
            if !recorded.is_of_a {
                if !recorded.is_lost {
                    end.input(now, &recorded.frame);
                }
                continue;
            }
            let is_message = count > 2 && items[0] < 0x20;
            if is_message && seen.contains(&text) {
                // Sent once more: the time has come, and not earlier.
                let due = end.timeout().unwrap();
                assert!(
                    says(&mut end, due - Duration::from_millis(1)).is_empty(),
                    "{what}"
                );
                now = due;
            } else if is_message {
                end.send(unsent.next().unwrap());
            }
            let said = says(&mut end, now);
            let is_of_acknowledgements = count == 2;
            let expected = if is_of_acknowledgements {
                vec![]
            } else {
                vec![text.clone()]
            };
            assert_eq!(said, expected, "{what}");
            seen.push(text);
        }
        assert_eq!(end.unacknowledged(), 0, "{what}");
        assert_eq!(unsent.next(), None);
    }
}
