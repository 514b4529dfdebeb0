//! The encodings of East Asia.
//!
//! They are CPython's. Most of their characters come from encoding_rs, whose tables are the
//! WHATWG's; `deviations.txt` has the differences, `jisx0213.bin` what is not there, and
//! `gb18030.rs` and `hangul.rs` what is made by rule. A table is made of all that when it is first
//! used.
//!
//! What is malformed, and how long, is for us to say, and the same tables tell how many bytes a
//! character came from.

mod across_shifts;
mod deviations;
mod gb18030;
mod hangul;
mod hz;
mod iso2022;
mod iso2022_sets;
mod jisx0213;
mod multi_byte;
mod short_chars;
mod two_character;
mod two_sets;

use self::hz::Hz;
use self::iso2022::Iso2022;
use super::code_index::CodeIndex;
use super::encode_blocks::{BlockEncoder, ShortCode, encode_char};
use super::family::{
    Code, DecodeContext, DecodeOutput, DecodeStop, Decoded, DecodedPart, Encoded, Family, Measure,
    Properties, Trailer, copy_ascii, encode_chars, encode_in_runs, short_unit, worth_sharing,
};
use super::table::{EncodingRow, encodings};
use super::utf8_room::{Utf8Char, Utf8Room, short_len};

encodings! {
    TABLE
    BIG5 = "big5", &multi_byte::BIG5, "big5 big5_tw csbig5 x_mac_trad_chinese cn_big5 x_x_big5";
    CP932 = "cp932", &multi_byte::CP932, "cp932 932 ms932 ms_kanji mskanji cswindows31j windows_31j";
    CP949 = "cp949", &multi_byte::CP949, "cp949 949 ms949 uhc windows_949";
    CP950 = "cp950", &multi_byte::CP950, "cp950 950 ms950";
    EUC_JP = "euc_jp", &multi_byte::EUC_JP, "euc_jp eucjp u_jis ujis cseucpkdfmtjapanese extended_unix_code_packed_format_for_japanese x_euc_jp";
    EUC_KR = "euc_kr", &multi_byte::EUC_KR, "euc_kr euckr korean ks_c_5601 ks_c_5601_1987 ks_x_1001 ksc5601 ksx1001 x_mac_korean cseuckr csksc56011987 iso_ir_149 ksc_5601 ks_c_5601_1989";
    GB2312 = "gb2312", &multi_byte::GB2312, "gb2312 chinese csiso58gb231280 euc_cn euccn eucgb2312_cn gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese gb_2312 gb_2312_80 csgb2312";
    GB18030 = "gb18030", &multi_byte::GB18030, "gb18030 gb18030_2000 csgb18030";
    GBK = "gbk", &multi_byte::GBK, "gbk 936 cp936 ms936 csgbk x_gbk windows_936";
    JOHAB = "johab", &multi_byte::JOHAB, "johab cp1361 ms1361";
    SHIFT_JIS = "shift_jis", &multi_byte::SHIFT_JIS, "shift_jis csshiftjis s_jis shiftjis sjis x_mac_japanese x_sjis";
    BIG5HKSCS = "big5hkscs", &two_character::BIG5HKSCS, "big5hkscs big5_hkscs hkscs csbig5hkscs";
    EUC_JIS_2004 = "euc_jis_2004", &two_character::EUC_JIS_2004, "euc_jis_2004 euc_jis2004 eucjis2004 jisx0213";
    EUC_JISX0213 = "euc_jisx0213", &two_character::EUC_JISX0213, "euc_jisx0213 eucjisx0213";
    SHIFT_JIS_2004 = "shift_jis_2004", &two_character::SHIFT_JIS_2004, "shift_jis_2004 s_jis_2004 shiftjis2004 sjis_2004";
    SHIFT_JISX0213 = "shift_jisx0213", &two_character::SHIFT_JISX0213, "shift_jisx0213 s_jisx0213 shiftjisx0213 sjisx0213";
    HZ = "hz", &Hz, "hz hz_gb hz_gb_2312 hzgb";
    ISO2022_JP = "iso2022_jp", &Iso2022::Jp, "iso2022_jp csiso2022jp iso2022jp iso_2022_jp";
    ISO2022_JP_1 = "iso2022_jp_1", &Iso2022::Jp1, "iso2022_jp_1 iso2022jp_1 iso_2022_jp_1";
    ISO2022_JP_2 = "iso2022_jp_2", &Iso2022::Jp2, "iso2022_jp_2 iso2022jp_2 iso_2022_jp_2 csiso2022jp2";
    ISO2022_JP_2004 = "iso2022_jp_2004", &Iso2022::Jp2004, "iso2022_jp_2004 iso2022jp_2004 iso_2022_jp_2004";
    ISO2022_JP_3 = "iso2022_jp_3", &Iso2022::Jp3, "iso2022_jp_3 iso2022jp_3 iso_2022_jp_3";
    ISO2022_JP_EXT = "iso2022_jp_ext", &Iso2022::JpExt, "iso2022_jp_ext iso2022jp_ext iso_2022_jp_ext";
    ISO2022_KR = "iso2022_kr", &Iso2022::Kr, "iso2022_kr csiso2022kr iso2022kr iso_2022_kr";
}

/// What stands at the start of some bytes.
enum Sequence {
    /// A character of so many bytes, which is also what it is written as.
    Char(char, usize),
    /// A character of so many bytes that is written as other bytes.
    Odd(char, usize),
    /// Nothing, or the start of a character.
    Unfinished,
    /// No character.
    Malformed,
}

/// So many bytes are no sequence.
fn illegal(len: usize) -> DecodeStop {
    DecodeStop::Malformed {
        len,
        reason: "illegal multibyte sequence",
    }
}

/// These `len` bytes begin a sequence, or are the stream's last ones.
fn begun(len: usize, last: bool) -> DecodeStop {
    if last {
        DecodeStop::Malformed {
            len,
            reason: "incomplete multibyte sequence",
        }
    } else {
        DecodeStop::Unfinished
    }
}

/// How many bytes at the start are text as they are: all or none.
fn all_ascii(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { 0 }
}

/// Sets a character's code; of several the first one stays.
fn set_first(codes: &mut CodeIndex, ch: char, code: u16) {
    let known = codes.slot(ch);
    if *known == 0 {
        *known = code;
    }
}
