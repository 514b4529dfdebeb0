//! Which command lines are the same.

/// A command line of ours and one of another program that have to do the same. `@` is the file, `%` its
/// text in UTF-8, `ENC` the file's encoding as each of them calls it; `<` before them says that the file is
/// standard input.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) ours: &'static str,
    pub(crate) theirs: &'static str,
}

const fn pair(ours: &'static str, theirs: &'static str) -> Pair {
    Pair { ours, theirs }
}

pub(crate) const PAIRS: &[Pair] = &[
    pair("count @", "wc @"),
    pair("count -l @", "wc -l @"),
    pair("count -w @", "wc -w @"),
    pair("count -m @", "wc -m @"),
    pair("count -c @", "wc -c @"),
    pair("count -L @", "wc -L @"),
    pair("count -lwmcL @ @", "wc -lwmcL @ @"),
    pair("< count --lines --chars", "wc --lines --chars"),
    pair("count -j3 -lw @", "wc -lw @"),
    pair("count --files0-from=list", "wc --files0-from=list"),
    pair("cat @", "cat @"),
    pair("cat -n @", "cat -n @"),
    pair("cat -A @", "cat -A @"),
    pair("< cat -bs - @", "cat -bs - @"),
    pair("cat -vet @", "cat -vet @"),
    pair("tac @", "tac @"),
    pair("< tac", "tac"),
    pair("tac -b @", "tac -b @"),
    pair("tac -s e @", "tac -s e @"),
    pair("tail @", "tail @"),
    pair("tail -n3 @", "tail -n3 @"),
    pair("tail -n+3 @", "tail -n+3 @"),
    pair("tail -c5 @", "tail -c5 @"),
    pair("tail -c+7 @", "tail -c+7 @"),
    pair("< tail -n2", "tail -n2"),
    pair("tail -v -n1 @ @", "tail -v -n1 @ @"),
    pair("grep -a e @", "grep -a e @"),
    pair("grep e @", "grep e @"),
    pair("grep -ai GR @", "grep -ai GR @"),
    pair("grep -anb e @", "grep -anb e @"),
    pair("grep -ac r @", "grep -ac r @"),
    pair("grep -al und @", "grep -al und @"),
    pair("grep -avc e @", "grep -avc e @"),
    pair("grep -aow [a-z]+ @", "grep -aowE [a-z]+ @"),
    pair("grep -aE ^.{3,9}$ @", "grep -aE ^.{3,9}$ @"),
    pair("< grep -aF .", "grep -aF ."),
    pair("recode -f ENC @", "iconv -f ENC -t UTF-8 @"),
    pair("recode -c -f ENC @", "iconv -c -f ENC -t UTF-8 @"),
    pair("recode -t ENC %", "iconv -f UTF-8 -t ENC %"),
    pair(
        "recode -c -t latin-1 %",
        "iconv -c -f UTF-8 -t ISO-8859-1 %",
    ),
    pair(
        "< recode -f latin-1 -t utf-16-le",
        "iconv -f ISO-8859-1 -t UTF-16LE",
    ),
    pair("< eol -t unix", "dos2unix -b -u"),
    pair("< eol -t dos", "unix2dos -b -u"),
    pair("< eol -t unix --force --cr", "mac2unix -f -b -u"),
    pair("< eol -t mac --force", "unix2mac -f -b -u"),
    pair("hex -f ascii @", "xxd @"),
    pair(
        "hex -f ascii -c 7 -g 3 -u -s 5 -l 50 @",
        "xxd -c 7 -g 3 -u -s 5 -l 50 @",
    ),
];

/// Those that are given the line of a hundred megabytes, too: all but those that print it several times as
/// large.
pub(crate) fn takes_long_lines(pair: &Pair) -> bool {
    !["hex", "recode", "cat -A", "cat -vet", "grep -ao"]
        .iter()
        .any(|word| pair.ours.contains(word))
}

impl Pair {
    /// The subcommand.
    pub(crate) fn command(&self) -> &'static str {
        let ours = self.ours.trim_start_matches("< ");
        ours.split(' ').next().unwrap_or(ours)
    }

    /// The other program.
    pub(crate) fn program(&self) -> &'static str {
        self.theirs.split(' ').next().unwrap_or(self.theirs)
    }
}

/// What iconv calls an encoding that Python calls so.
pub(crate) fn iconv_name(name: &str) -> String {
    match name {
        "ascii" => "ASCII".into(),
        "utf-16-le" => "UTF-16LE".into(),
        "utf-16-be" => "UTF-16BE".into(),
        "utf-32-le" => "UTF-32LE".into(),
        "utf-32-be" => "UTF-32BE".into(),
        "euc_jp" => "EUC-JP".into(),
        "iso2022_jp" => "ISO-2022-JP".into(),
        name => name.to_uppercase(),
    }
}
