//! What a character looks like in a cell.

use unicode_width::UnicodeWidthChar;

/// What stands for what cannot be shown.
pub(super) const NOT_SHOWN: char = '.';

/// What stands in the cells of a character's bytes that it does not cover.
pub(super) const REST: char = '·';

/// What combining marks stand on.
const BASE: char = '◌';

/// How the text of some bytes, a character as a rule, is shown in as many cells: what is written, and
/// how many cells that covers, of which there is at least one.
pub(super) fn shown(text: &str, cells: usize, out: &mut String) -> usize {
    let before = out.len();
    let mut width = 0;
    for ch in text.chars() {
        match ch.width() {
            Some(0) if !is_invisible(ch) => {
                if width == 0 {
                    out.push(BASE);
                    width = 1;
                }
                out.push(ch);
            }
            Some(own) if own > 0 && !is_invisible(ch) => {
                out.push(ch);
                width += own;
            }
            // Controls have no width.
            _ => {
                out.push(NOT_SHOWN);
                width += 1;
            }
        }
    }
    if width == 0 || width > cells {
        out.truncate(before);
        out.push(NOT_SHOWN);
        width = 1;
    }
    width
}

/// Whether it shows nothing by itself, or changes how others are shown: their order, their form.
fn is_invisible(ch: char) -> bool {
    matches!(ch,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::shown;

    #[test]
    fn no_more_cells_than_bytes_and_nothing_that_moves_the_cursor() {
        let mut out = String::new();
        for ch in (0..=0x10_ffff).filter_map(char::from_u32) {
            for cells in 1..=4 {
                out.clear();
                let width = shown(ch.encode_utf8(&mut [0; 4]), cells, &mut out);
                assert!((1..=cells).contains(&width), "{ch:?}");
                assert!(!out.chars().any(char::is_control), "{ch:?}");
                assert_eq!(out.width(), width, "{ch:?} in {cells}");
            }
        }
    }

    #[test]
    fn characters_in_cells() {
        for (text, cells, expected, width) in [
            ("a", 1, "a", 1),
            ("é", 2, "é", 1),
            ("日", 2, "日", 2),
            ("日", 1, ".", 1),
            ("\u{301}", 2, "◌\u{301}", 1),
            ("\u{202e}", 3, ".", 1),
            ("\n", 2, ".", 1),
            ("か\u{309a}", 2, "か\u{309a}", 2),
        ] {
            let mut out = String::new();
            assert_eq!(
                (shown(text, cells, &mut out), out.as_str()),
                (width, expected)
            );
        }
    }
}
