//! The table of encodings: a row for each, with its name in Python's spelling, its family, and the
//! names that it is found by.
//!
//! These are Python's (`encodings/aliases.py` and the modules beside it), IANA's, and the WHATWG's,
//! folded as `names.rs` folds them. A name that means one thing to Python and another
//! to the WHATWG means Python's.
//!
//! Each row is a static of its own, and only [`TABLES`] names all. A program that finds no encoding by
//! its name is therefore linked with those that it names, and their families, and no others.

use std::hash::{Hash, Hasher};
use std::panic::RefUnwindSafe;
use std::ptr;

use super::family::Family;
use super::single_byte::{Ascii, Latin1, LazyCharmap, cpython};
use super::unicode::{CodeUnits, Utf7, Utf8};

/// An encoding.
pub(super) struct EncodingRow {
    pub(super) name: &'static str,
    pub(super) family: &'static dyn Family,
    /// What it is found by, its own name included, with a space between them.
    pub(super) aliases: &'static str,
}

// A family has no memory, but for tables that are made once.
impl RefUnwindSafe for EncodingRow {}

impl PartialEq for EncodingRow {
    /// A row is only equal to itself.
    fn eq(&self, other: &EncodingRow) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for EncodingRow {}

impl Hash for EncodingRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// All encodings, in the order in which they are listed.
pub(super) static TABLES: &[&[&EncodingRow]] = &[
    UNICODE,
    SINGLE_BYTE,
    #[cfg(feature = "encodings")]
    super::east_asian::TABLE,
];

/// A static for each row, and a table of them all.
macro_rules! encodings {
    ($table:ident $($row:ident = $name:literal, $family:expr, $aliases:literal;)*) => {
        $(
            pub(in crate::text::codec) static $row: EncodingRow = EncodingRow {
                name: $name,
                family: $family,
                aliases: $aliases,
            };
        )*
        pub(in crate::text::codec) static $table: &[&EncodingRow] = &[$(&$row),*];
    };
}

#[cfg(feature = "encodings")]
pub(super) use encodings;

/// A single-byte encoding with a table, and the place of what is made of that.
macro_rules! charmap {
    ($halves:expr) => {{
        static CHARMAP: LazyCharmap = LazyCharmap::new($halves);
        &CHARMAP
    }};
}

encodings! {
    UNICODE
    UTF_8 = "utf-8", &Utf8 { has_mark: false }, "utf_8 cp65001 u8 utf utf8 utf8_ucs2 utf8_ucs4 csutf8 unicode_1_1_utf_8 unicode11utf8 unicode20utf8 x_unicode20utf8";
    UTF_8_SIG = "utf-8-sig", &Utf8 { has_mark: true }, "utf_8_sig";
    UTF_16 = "utf-16", &CodeUnits::UTF_16, "utf_16 u16 utf16 csutf16";
    UTF_16_LE = "utf-16-le", &CodeUnits::UTF_16LE, "utf_16_le unicodelittleunmarked utf_16le csutf16le unicodefeff cp1200 ucs_2 unicode csunicode iso_10646_ucs_2";
    UTF_16_BE = "utf-16-be", &CodeUnits::UTF_16BE, "utf_16_be unicodebigunmarked utf_16be csutf16be unicodefffe cp1201";
    UTF_32 = "utf-32", &CodeUnits::UTF_32, "utf_32 u32 utf32 csutf32";
    UTF_32_LE = "utf-32-le", &CodeUnits::UTF_32LE, "utf_32_le utf_32le csutf32le cp12000";
    UTF_32_BE = "utf-32-be", &CodeUnits::UTF_32BE, "utf_32_be utf_32be csutf32be cp12001";
    UTF_7 = "utf-7", &Utf7, "utf_7 u7 unicode_1_1_utf_7 utf7 csutf7 cp65000 csunicode11utf7";
}

encodings! {
    SINGLE_BYTE
    ASCII = "ascii", &Ascii, "ascii 646 ansi_x3.4_1968 ansi_x3.4_1986 ansi_x3_4_1968 cp367 csascii ibm367 iso646_us iso_646.irv_1991 iso_ir_6 us us_ascii";
    LATIN_1 = "latin-1", &Latin1, "latin_1 iso8859_1 8859 cp819 csisolatin1 ibm819 iso8859 iso_8859_1 iso_8859_1_1987 iso_ir_100 l1 latin latin1 iso88591";
    CP037 = "cp037", charmap!(cpython(0)), "cp037 037 csibm037 ebcdic_cp_ca ebcdic_cp_nl ebcdic_cp_us ebcdic_cp_wt ibm037 ibm039";
    CP273 = "cp273", charmap!(cpython(1)), "cp273 273 csibm273 ibm273";
    CP424 = "cp424", charmap!(cpython(2)), "cp424 424 csibm424 ebcdic_cp_he ibm424";
    CP437 = "cp437", charmap!(cpython(3)), "cp437 437 cspc8codepage437 ibm437";
    CP500 = "cp500", charmap!(cpython(4)), "cp500 500 csibm500 ebcdic_cp_be ebcdic_cp_ch ibm500";
    CP720 = "cp720", charmap!(cpython(5)), "cp720";
    CP737 = "cp737", charmap!(cpython(6)), "cp737";
    CP775 = "cp775", charmap!(cpython(7)), "cp775 775 cspc775baltic ibm775";
    CP850 = "cp850", charmap!(cpython(8)), "cp850 850 cspc850multilingual ibm850";
    CP852 = "cp852", charmap!(cpython(9)), "cp852 852 cspcp852 ibm852";
    CP855 = "cp855", charmap!(cpython(10)), "cp855 855 csibm855 ibm855";
    CP856 = "cp856", charmap!(cpython(11)), "cp856";
    CP857 = "cp857", charmap!(cpython(12)), "cp857 857 csibm857 ibm857";
    CP858 = "cp858", charmap!(cpython(13)), "cp858 858 csibm858 ibm858 ccsid00858 cp00858 csibm00858 ibm00858 pc_multilingual_850_euro";
    CP860 = "cp860", charmap!(cpython(14)), "cp860 860 csibm860 ibm860";
    CP861 = "cp861", charmap!(cpython(15)), "cp861 861 cp_is csibm861 ibm861";
    CP862 = "cp862", charmap!(cpython(16)), "cp862 862 cspc862latinhebrew ibm862";
    CP863 = "cp863", charmap!(cpython(17)), "cp863 863 csibm863 ibm863";
    CP864 = "cp864", charmap!(cpython(18)), "cp864 864 csibm864 ibm864";
    CP865 = "cp865", charmap!(cpython(19)), "cp865 865 csibm865 ibm865";
    CP866 = "cp866", charmap!(cpython(20)), "cp866 866 csibm866 ibm866";
    CP869 = "cp869", charmap!(cpython(21)), "cp869 869 cp_gr csibm869 ibm869";
    CP874 = "cp874", charmap!(cpython(22)), "cp874 windows_874 cswindows874 dos_874 874";
    CP875 = "cp875", charmap!(cpython(23)), "cp875";
    CP1006 = "cp1006", charmap!(cpython(24)), "cp1006";
    CP1026 = "cp1026", charmap!(cpython(25)), "cp1026 1026 csibm1026 ibm1026";
    CP1047 = "cp1047", charmap!(include_bytes!("single_byte/cp1047.bin").split_at(256)), "cp1047 1047 ibm1047 ibm_1047 csibm1047";
    CP1125 = "cp1125", charmap!(cpython(26)), "cp1125 1125 cp866u ibm1125 ruscii";
    CP1140 = "cp1140", charmap!(cpython(27)), "cp1140 1140 ibm1140 ccsid01140 cp01140 csibm01140 ibm01140 ebcdic_us_37_euro";
    CP1250 = "cp1250", charmap!(cpython(28)), "cp1250 1250 windows_1250 cswindows1250 x_cp1250";
    CP1251 = "cp1251", charmap!(cpython(29)), "cp1251 1251 windows_1251 cswindows1251 x_cp1251";
    CP1252 = "cp1252", charmap!(cpython(30)), "cp1252 1252 windows_1252 cswindows1252 x_cp1252";
    CP1253 = "cp1253", charmap!(cpython(31)), "cp1253 1253 windows_1253 cswindows1253 x_cp1253";
    CP1254 = "cp1254", charmap!(cpython(32)), "cp1254 1254 windows_1254 cswindows1254 x_cp1254";
    CP1255 = "cp1255", charmap!(cpython(33)), "cp1255 1255 windows_1255 cswindows1255 x_cp1255";
    CP1256 = "cp1256", charmap!(cpython(34)), "cp1256 1256 windows_1256 cswindows1256 x_cp1256";
    CP1257 = "cp1257", charmap!(cpython(35)), "cp1257 1257 windows_1257 cswindows1257 x_cp1257";
    CP1258 = "cp1258", charmap!(cpython(36)), "cp1258 1258 windows_1258 cswindows1258 x_cp1258";
    HP_ROMAN8 = "hp-roman8", charmap!(cpython(37)), "hp_roman8 cp1051 cshproman8 ibm1051 r8 roman8";
    ISO8859_2 = "iso8859-2", charmap!(cpython(38)), "iso8859_2 csisolatin2 iso_8859_2 iso_8859_2_1987 iso_ir_101 l2 latin2 iso88592";
    ISO8859_3 = "iso8859-3", charmap!(cpython(39)), "iso8859_3 csisolatin3 iso_8859_3 iso_8859_3_1988 iso_ir_109 l3 latin3 iso88593";
    ISO8859_4 = "iso8859-4", charmap!(cpython(40)), "iso8859_4 csisolatin4 iso_8859_4 iso_8859_4_1988 iso_ir_110 l4 latin4 iso88594";
    ISO8859_5 = "iso8859-5", charmap!(cpython(41)), "iso8859_5 csisolatincyrillic cyrillic iso_8859_5 iso_8859_5_1988 iso_ir_144 iso88595";
    ISO8859_6 = "iso8859-6", charmap!(cpython(42)), "iso8859_6 arabic asmo_708 csisolatinarabic ecma_114 iso_8859_6 iso_8859_6_1987 iso_ir_127 iso88596 csiso88596e iso_8859_6_e csiso88596i iso_8859_6_i";
    ISO8859_7 = "iso8859-7", charmap!(cpython(43)), "iso8859_7 csisolatingreek ecma_118 elot_928 greek greek8 iso_8859_7 iso_8859_7_1987 iso_ir_126 iso88597 sun_eu_greek";
    ISO8859_8 = "iso8859-8", charmap!(cpython(44)), "iso8859_8 csisolatinhebrew hebrew iso_8859_8 iso_8859_8_1988 iso_ir_138 iso88598 csiso88598e iso_8859_8_e csiso88598i iso_8859_8_i logical visual";
    ISO8859_9 = "iso8859-9", charmap!(cpython(45)), "iso8859_9 csisolatin5 iso_8859_9 iso_8859_9_1989 iso_ir_148 l5 latin5 iso88599";
    ISO8859_10 = "iso8859-10", charmap!(cpython(46)), "iso8859_10 csisolatin6 iso_8859_10 iso_8859_10_1992 iso_ir_157 l6 latin6 iso885910";
    ISO8859_11 = "iso8859-11", charmap!(cpython(47)), "iso8859_11 iso_8859_11 iso_8859_11_2001 thai iso885911";
    ISO8859_13 = "iso8859-13", charmap!(cpython(48)), "iso8859_13 iso_8859_13 l7 latin7 iso885913 csiso885913";
    ISO8859_14 = "iso8859-14", charmap!(cpython(49)), "iso8859_14 iso_8859_14 iso_8859_14_1998 iso_celtic iso_ir_199 l8 latin8 iso885914 csiso885914";
    ISO8859_15 = "iso8859-15", charmap!(cpython(50)), "iso8859_15 iso_8859_15 l9 latin9 iso885915 csiso885915 csisolatin9 latin_9";
    ISO8859_16 = "iso8859-16", charmap!(cpython(51)), "iso8859_16 iso_8859_16 iso_8859_16_2001 iso_ir_226 l10 latin10 csiso885916";
    KOI8_R = "koi8-r", charmap!(cpython(52)), "koi8_r cskoi8r koi koi8 koi8r";
    KOI8_T = "koi8-t", charmap!(cpython(53)), "koi8_t";
    KOI8_U = "koi8-u", charmap!(cpython(54)), "koi8_u koi8u cskoi8u";
    KZ1048 = "kz1048", charmap!(cpython(55)), "kz1048 kz_1048 rk1048 strk1048_2002 cskz1048";
    MAC_ARABIC = "mac-arabic", charmap!(cpython(56)), "mac_arabic";
    MAC_CROATIAN = "mac-croatian", charmap!(cpython(57)), "mac_croatian";
    MAC_CYRILLIC = "mac-cyrillic", charmap!(cpython(58)), "mac_cyrillic maccyrillic x_mac_cyrillic x_mac_ukrainian";
    MAC_FARSI = "mac-farsi", charmap!(cpython(59)), "mac_farsi";
    MAC_GREEK = "mac-greek", charmap!(cpython(60)), "mac_greek macgreek";
    MAC_ICELAND = "mac-iceland", charmap!(cpython(61)), "mac_iceland maciceland";
    MAC_LATIN2 = "mac-latin2", charmap!(cpython(62)), "mac_latin2 mac_centeuro maccentraleurope maclatin2";
    MAC_ROMAN = "mac-roman", charmap!(cpython(63)), "mac_roman macintosh macroman mac csmacintosh x_mac_roman";
    MAC_ROMANIAN = "mac-romanian", charmap!(cpython(64)), "mac_romanian";
    MAC_TURKISH = "mac-turkish", charmap!(cpython(65)), "mac_turkish macturkish";
    PALMOS = "palmos", charmap!(cpython(66)), "palmos";
    PTCP154 = "ptcp154", charmap!(cpython(67)), "ptcp154 cp154 csptcp154 cyrillic_asian pt154";
    TIS_620 = "tis-620", charmap!(cpython(68)), "tis_620 iso_ir_166 tis620 tis_620_0 tis_620_2529_0 tis_620_2529_1 cstis620";
}
