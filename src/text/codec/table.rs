//! The table of encodings: a row for each, with its name in Python's spelling, its family, and the
//! names that it is found by.
//!
//! These are Python's (`encodings/aliases.py` and the modules beside it), IANA's, and the WHATWG's,
//! folded as `names.rs` folds them. A name that means one thing to Python and another
//! to the WHATWG means Python's.

use super::family::Family;
use super::single_byte::{Ascii, Charmap, Latin1, cpython};
use super::unicode::{CodeUnits, Utf7, Utf8};

/// An encoding.
#[derive(Debug)]
pub(super) struct EncodingRow {
    pub(super) name: &'static str,
    pub(super) family: &'static dyn Family,
    /// What it is found by, its own name included, with a space between them.
    pub(super) aliases: &'static str,
}

/// All encodings, in the order in which they are listed. The constants of
/// [`Encoding`](super::Encoding) are the first rows.
pub(super) static TABLES: &[&[EncodingRow]] = &[
    &UNICODE,
    &SINGLE_BYTE,
    #[cfg(feature = "encodings")]
    &super::east_asian::TABLE,
];

/// A single-byte encoding with a table, and the memory for what is made of that.
macro_rules! charmap {
    ($halves:expr) => {{
        static CHARMAP: Charmap = Charmap::new($halves);
        &CHARMAP
    }};
}

#[rustfmt::skip]
static UNICODE: [EncodingRow; 9] = [
    EncodingRow { name: "utf-8", family: &Utf8 { has_mark: false }, aliases: "utf_8 cp65001 u8 utf utf8 utf8_ucs2 utf8_ucs4 csutf8 unicode_1_1_utf_8 unicode11utf8 unicode20utf8 x_unicode20utf8" },
    EncodingRow { name: "utf-8-sig", family: &Utf8 { has_mark: true }, aliases: "utf_8_sig" },
    EncodingRow { name: "utf-16", family: &CodeUnits::UTF_16, aliases: "utf_16 u16 utf16 csutf16" },
    EncodingRow { name: "utf-16-le", family: &CodeUnits::UTF_16LE, aliases: "utf_16_le unicodelittleunmarked utf_16le csutf16le unicodefeff cp1200 ucs_2 unicode csunicode iso_10646_ucs_2" },
    EncodingRow { name: "utf-16-be", family: &CodeUnits::UTF_16BE, aliases: "utf_16_be unicodebigunmarked utf_16be csutf16be unicodefffe cp1201" },
    EncodingRow { name: "utf-32", family: &CodeUnits::UTF_32, aliases: "utf_32 u32 utf32 csutf32" },
    EncodingRow { name: "utf-32-le", family: &CodeUnits::UTF_32LE, aliases: "utf_32_le utf_32le csutf32le cp12000" },
    EncodingRow { name: "utf-32-be", family: &CodeUnits::UTF_32BE, aliases: "utf_32_be utf_32be csutf32be cp12001" },
    EncodingRow { name: "utf-7", family: &Utf7, aliases: "utf_7 u7 unicode_1_1_utf_7 utf7 csutf7 cp65000 csunicode11utf7" },
];

#[rustfmt::skip]
static SINGLE_BYTE: [EncodingRow; 72] = [
    EncodingRow { name: "ascii", family: &Ascii, aliases: "ascii 646 ansi_x3.4_1968 ansi_x3.4_1986 ansi_x3_4_1968 cp367 csascii ibm367 iso646_us iso_646.irv_1991 iso_ir_6 us us_ascii" },
    EncodingRow { name: "latin-1", family: &Latin1, aliases: "latin_1 iso8859_1 8859 cp819 csisolatin1 ibm819 iso8859 iso_8859_1 iso_8859_1_1987 iso_ir_100 l1 latin latin1 iso88591" },
    EncodingRow { name: "cp037", family: charmap!(cpython(0)), aliases: "cp037 037 csibm037 ebcdic_cp_ca ebcdic_cp_nl ebcdic_cp_us ebcdic_cp_wt ibm037 ibm039" },
    EncodingRow { name: "cp273", family: charmap!(cpython(1)), aliases: "cp273 273 csibm273 ibm273" },
    EncodingRow { name: "cp424", family: charmap!(cpython(2)), aliases: "cp424 424 csibm424 ebcdic_cp_he ibm424" },
    EncodingRow { name: "cp437", family: charmap!(cpython(3)), aliases: "cp437 437 cspc8codepage437 ibm437" },
    EncodingRow { name: "cp500", family: charmap!(cpython(4)), aliases: "cp500 500 csibm500 ebcdic_cp_be ebcdic_cp_ch ibm500" },
    EncodingRow { name: "cp720", family: charmap!(cpython(5)), aliases: "cp720" },
    EncodingRow { name: "cp737", family: charmap!(cpython(6)), aliases: "cp737" },
    EncodingRow { name: "cp775", family: charmap!(cpython(7)), aliases: "cp775 775 cspc775baltic ibm775" },
    EncodingRow { name: "cp850", family: charmap!(cpython(8)), aliases: "cp850 850 cspc850multilingual ibm850" },
    EncodingRow { name: "cp852", family: charmap!(cpython(9)), aliases: "cp852 852 cspcp852 ibm852" },
    EncodingRow { name: "cp855", family: charmap!(cpython(10)), aliases: "cp855 855 csibm855 ibm855" },
    EncodingRow { name: "cp856", family: charmap!(cpython(11)), aliases: "cp856" },
    EncodingRow { name: "cp857", family: charmap!(cpython(12)), aliases: "cp857 857 csibm857 ibm857" },
    EncodingRow { name: "cp858", family: charmap!(cpython(13)), aliases: "cp858 858 csibm858 ibm858 ccsid00858 cp00858 csibm00858 ibm00858 pc_multilingual_850_euro" },
    EncodingRow { name: "cp860", family: charmap!(cpython(14)), aliases: "cp860 860 csibm860 ibm860" },
    EncodingRow { name: "cp861", family: charmap!(cpython(15)), aliases: "cp861 861 cp_is csibm861 ibm861" },
    EncodingRow { name: "cp862", family: charmap!(cpython(16)), aliases: "cp862 862 cspc862latinhebrew ibm862" },
    EncodingRow { name: "cp863", family: charmap!(cpython(17)), aliases: "cp863 863 csibm863 ibm863" },
    EncodingRow { name: "cp864", family: charmap!(cpython(18)), aliases: "cp864 864 csibm864 ibm864" },
    EncodingRow { name: "cp865", family: charmap!(cpython(19)), aliases: "cp865 865 csibm865 ibm865" },
    EncodingRow { name: "cp866", family: charmap!(cpython(20)), aliases: "cp866 866 csibm866 ibm866" },
    EncodingRow { name: "cp869", family: charmap!(cpython(21)), aliases: "cp869 869 cp_gr csibm869 ibm869" },
    EncodingRow { name: "cp874", family: charmap!(cpython(22)), aliases: "cp874 windows_874 cswindows874 dos_874 874" },
    EncodingRow { name: "cp875", family: charmap!(cpython(23)), aliases: "cp875" },
    EncodingRow { name: "cp1006", family: charmap!(cpython(24)), aliases: "cp1006" },
    EncodingRow { name: "cp1026", family: charmap!(cpython(25)), aliases: "cp1026 1026 csibm1026 ibm1026" },
    EncodingRow { name: "cp1047", family: charmap!(include_bytes!("single_byte/cp1047.bin").split_at(256)), aliases: "cp1047 1047 ibm1047 ibm_1047 csibm1047" },
    EncodingRow { name: "cp1125", family: charmap!(cpython(26)), aliases: "cp1125 1125 cp866u ibm1125 ruscii" },
    EncodingRow { name: "cp1140", family: charmap!(cpython(27)), aliases: "cp1140 1140 ibm1140 ccsid01140 cp01140 csibm01140 ibm01140 ebcdic_us_37_euro" },
    EncodingRow { name: "cp1250", family: charmap!(cpython(28)), aliases: "cp1250 1250 windows_1250 cswindows1250 x_cp1250" },
    EncodingRow { name: "cp1251", family: charmap!(cpython(29)), aliases: "cp1251 1251 windows_1251 cswindows1251 x_cp1251" },
    EncodingRow { name: "cp1252", family: charmap!(cpython(30)), aliases: "cp1252 1252 windows_1252 cswindows1252 x_cp1252" },
    EncodingRow { name: "cp1253", family: charmap!(cpython(31)), aliases: "cp1253 1253 windows_1253 cswindows1253 x_cp1253" },
    EncodingRow { name: "cp1254", family: charmap!(cpython(32)), aliases: "cp1254 1254 windows_1254 cswindows1254 x_cp1254" },
    EncodingRow { name: "cp1255", family: charmap!(cpython(33)), aliases: "cp1255 1255 windows_1255 cswindows1255 x_cp1255" },
    EncodingRow { name: "cp1256", family: charmap!(cpython(34)), aliases: "cp1256 1256 windows_1256 cswindows1256 x_cp1256" },
    EncodingRow { name: "cp1257", family: charmap!(cpython(35)), aliases: "cp1257 1257 windows_1257 cswindows1257 x_cp1257" },
    EncodingRow { name: "cp1258", family: charmap!(cpython(36)), aliases: "cp1258 1258 windows_1258 cswindows1258 x_cp1258" },
    EncodingRow { name: "hp-roman8", family: charmap!(cpython(37)), aliases: "hp_roman8 cp1051 cshproman8 ibm1051 r8 roman8" },
    EncodingRow { name: "iso8859-2", family: charmap!(cpython(38)), aliases: "iso8859_2 csisolatin2 iso_8859_2 iso_8859_2_1987 iso_ir_101 l2 latin2 iso88592" },
    EncodingRow { name: "iso8859-3", family: charmap!(cpython(39)), aliases: "iso8859_3 csisolatin3 iso_8859_3 iso_8859_3_1988 iso_ir_109 l3 latin3 iso88593" },
    EncodingRow { name: "iso8859-4", family: charmap!(cpython(40)), aliases: "iso8859_4 csisolatin4 iso_8859_4 iso_8859_4_1988 iso_ir_110 l4 latin4 iso88594" },
    EncodingRow { name: "iso8859-5", family: charmap!(cpython(41)), aliases: "iso8859_5 csisolatincyrillic cyrillic iso_8859_5 iso_8859_5_1988 iso_ir_144 iso88595" },
    EncodingRow { name: "iso8859-6", family: charmap!(cpython(42)), aliases: "iso8859_6 arabic asmo_708 csisolatinarabic ecma_114 iso_8859_6 iso_8859_6_1987 iso_ir_127 iso88596 csiso88596e iso_8859_6_e csiso88596i iso_8859_6_i" },
    EncodingRow { name: "iso8859-7", family: charmap!(cpython(43)), aliases: "iso8859_7 csisolatingreek ecma_118 elot_928 greek greek8 iso_8859_7 iso_8859_7_1987 iso_ir_126 iso88597 sun_eu_greek" },
    EncodingRow { name: "iso8859-8", family: charmap!(cpython(44)), aliases: "iso8859_8 csisolatinhebrew hebrew iso_8859_8 iso_8859_8_1988 iso_ir_138 iso88598 csiso88598e iso_8859_8_e csiso88598i iso_8859_8_i logical visual" },
    EncodingRow { name: "iso8859-9", family: charmap!(cpython(45)), aliases: "iso8859_9 csisolatin5 iso_8859_9 iso_8859_9_1989 iso_ir_148 l5 latin5 iso88599" },
    EncodingRow { name: "iso8859-10", family: charmap!(cpython(46)), aliases: "iso8859_10 csisolatin6 iso_8859_10 iso_8859_10_1992 iso_ir_157 l6 latin6 iso885910" },
    EncodingRow { name: "iso8859-11", family: charmap!(cpython(47)), aliases: "iso8859_11 iso_8859_11 iso_8859_11_2001 thai iso885911" },
    EncodingRow { name: "iso8859-13", family: charmap!(cpython(48)), aliases: "iso8859_13 iso_8859_13 l7 latin7 iso885913 csiso885913" },
    EncodingRow { name: "iso8859-14", family: charmap!(cpython(49)), aliases: "iso8859_14 iso_8859_14 iso_8859_14_1998 iso_celtic iso_ir_199 l8 latin8 iso885914 csiso885914" },
    EncodingRow { name: "iso8859-15", family: charmap!(cpython(50)), aliases: "iso8859_15 iso_8859_15 l9 latin9 iso885915 csiso885915 csisolatin9 latin_9" },
    EncodingRow { name: "iso8859-16", family: charmap!(cpython(51)), aliases: "iso8859_16 iso_8859_16 iso_8859_16_2001 iso_ir_226 l10 latin10 csiso885916" },
    EncodingRow { name: "koi8-r", family: charmap!(cpython(52)), aliases: "koi8_r cskoi8r koi koi8 koi8r" },
    EncodingRow { name: "koi8-t", family: charmap!(cpython(53)), aliases: "koi8_t" },
    EncodingRow { name: "koi8-u", family: charmap!(cpython(54)), aliases: "koi8_u koi8u cskoi8u" },
    EncodingRow { name: "kz1048", family: charmap!(cpython(55)), aliases: "kz1048 kz_1048 rk1048 strk1048_2002 cskz1048" },
    EncodingRow { name: "mac-arabic", family: charmap!(cpython(56)), aliases: "mac_arabic" },
    EncodingRow { name: "mac-croatian", family: charmap!(cpython(57)), aliases: "mac_croatian" },
    EncodingRow { name: "mac-cyrillic", family: charmap!(cpython(58)), aliases: "mac_cyrillic maccyrillic x_mac_cyrillic x_mac_ukrainian" },
    EncodingRow { name: "mac-farsi", family: charmap!(cpython(59)), aliases: "mac_farsi" },
    EncodingRow { name: "mac-greek", family: charmap!(cpython(60)), aliases: "mac_greek macgreek" },
    EncodingRow { name: "mac-iceland", family: charmap!(cpython(61)), aliases: "mac_iceland maciceland" },
    EncodingRow { name: "mac-latin2", family: charmap!(cpython(62)), aliases: "mac_latin2 mac_centeuro maccentraleurope maclatin2" },
    EncodingRow { name: "mac-roman", family: charmap!(cpython(63)), aliases: "mac_roman macintosh macroman mac csmacintosh x_mac_roman" },
    EncodingRow { name: "mac-romanian", family: charmap!(cpython(64)), aliases: "mac_romanian" },
    EncodingRow { name: "mac-turkish", family: charmap!(cpython(65)), aliases: "mac_turkish macturkish" },
    EncodingRow { name: "palmos", family: charmap!(cpython(66)), aliases: "palmos" },
    EncodingRow { name: "ptcp154", family: charmap!(cpython(67)), aliases: "ptcp154 cp154 csptcp154 cyrillic_asian pt154" },
    EncodingRow { name: "tis-620", family: charmap!(cpython(68)), aliases: "tis_620 iso_ir_166 tis620 tis_620_0 tis_620_2529_0 tis_620_2529_1 cstis620" },
];
