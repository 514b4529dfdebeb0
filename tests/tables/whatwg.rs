//! Prints the tables of encoding_rs, for `multi_byte.py`: a label, bytes and their character.

use std::io::{self, BufWriter, Write};

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for encoding in [BIG5, EUC_JP, EUC_KR, GB18030, GBK, SHIFT_JIS] {
        for lead in 0x80..=0xff {
            line(&mut out, encoding, &[lead])?;
            for trail in 0..=0xff {
                line(&mut out, encoding, &[lead, trail])?;
                line(&mut out, encoding, &[0x8f, lead, trail])?;
            }
        }
    }
    Ok(())
}

fn line(out: &mut impl Write, encoding: &'static Encoding, bytes: &[u8]) -> io::Result<()> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let Some(text) = text else { return Ok(()) };
    let mut chars = text.chars();
    if let (Some(ch), None) = (chars.next(), chars.next()) {
        write!(out, "{} ", encoding.name())?;
        for byte in bytes {
            write!(out, "{byte:02x}")?;
        }
        writeln!(out, " {:x}", u32::from(ch))?;
    }
    Ok(())
}
