//! The public interface as the sources declare it, one declaration a line: `tests/public_api.txt`.
//!
//! The sources and not the compiler's own list, because they show every platform and every feature at
//! once, with any toolchain, in a second. That suffices: `unreachable_pub` is denied, so whatever is
//! `pub` can be reached. What the compiler adds by itself, such as `Send`, stands in tests of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{ROOT, module, rust_files};

/// Set it to write the file anew.
const RENEW: &str = "RENEW_PUBLIC_API";

/// Attributes that a caller notices.
const NOTICED: [&str; 7] = [
    "cfg",
    "deprecated",
    "derive",
    "macro_export",
    "must_use",
    "non_exhaustive",
    "repr",
];

/// What introduces a declaration.
const KINDS: [&str; 11] = [
    "const", "enum", "extern", "fn", "impl", "mod", "static", "struct", "trait", "type", "use",
];

/// One declaration, taken apart.
#[derive(Default)]
struct Item {
    /// The attributes that are noticed.
    attributes: String,
    is_public: bool,
    /// Everything up to the body or the semicolon, but for visibility.
    head: Vec<TokenTree>,
    body: Option<Group>,
    /// Its first word that says what it is; empty where it is none of [`KINDS`].
    kind: String,
    /// The name after that.
    name: String,
}

/// What was found.
#[derive(Default)]
struct Api {
    lines: BTreeSet<String>,
    /// The types and traits that are not public: what is implemented for them concerns nobody.
    private: BTreeSet<String>,
    /// The macros that declare something: where they are used matters.
    macros: BTreeSet<String>,
}

fn is_punct(token: Option<&TokenTree>, ch: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

fn word(token: Option<&TokenTree>) -> String {
    match token {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        _ => String::new(),
    }
}

fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// Tokens as somebody would write them, without attributes.
fn spell(tokens: impl IntoIterator<Item = TokenTree>) -> String {
    let mut text = String::new();
    spell_onto(&mut text, tokens.into_iter().collect());
    text
}

fn spell_onto(text: &mut String, tokens: Vec<TokenTree>) {
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1);
        if is_punct(tokens.get(at), '#') && group(next, Delimiter::Bracket).is_some() {
            at += 2;
            continue;
        }
        match &tokens[at] {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    _ => ("(", ")"),
                };
                put(text, open);
                spell_onto(text, group.stream().into_iter().collect());
                put(text, close);
            }
            token => put(text, &token.to_string()),
        }
        at += 1;
    }
}

/// Appends a token, after a space where one belongs.
fn put(text: &mut String, token: &str) {
    let is_word = |ch: char| ch.is_alphanumeric() || "_\"$".contains(ch);
    let first = token.chars().next().unwrap_or(' ');
    let last = text.chars().next_back().unwrap_or(' ');
    let after = |end: &str| text.ends_with(end);
    let belongs = match first {
        _ if after("$") => false,
        '{' if after("::") => false,
        '-' | '+' | '|' | '{' | '}' => !after("{"),
        '=' => !after("="),
        '&' | '[' | '\'' | '*' => is_word(last),
        '(' => after("mut") || after("dyn") || after("for"),
        _ => is_word(first) && (is_word(last) || ")]>".contains(last)),
    };
    let belongs = belongs
        || ",;=+|{".contains(last) && !",;)]>=|".contains(first)
        || after("->") && first != '>'
        || after(":") && !after("::") && first != ':';
    if belongs && last != ' ' && last != '(' {
        text.push(' ');
    }
    text.push_str(token);
}

/// The declarations in a row of tokens. What is none is passed by.
fn items(tokens: &[TokenTree]) -> Vec<Item> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let repeated = group(tokens.get(at + 1), Delimiter::Parenthesis);
        if let Some(repeated) = repeated.filter(|_| is_punct(tokens.get(at), '$')) {
            // In a macro: `$( … )*`.
            found.append(&mut items(&inside(repeated)));
            at += 2;
            while ['*', '+', ',']
                .iter()
                .any(|ch| is_punct(tokens.get(at), *ch))
            {
                at += 1;
            }
            continue;
        }
        let (item, next) = item(tokens, at);
        found.push(item);
        at = next;
    }
    found
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

/// What commas separate; those between `<` and `>` do not.
fn listed(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            depth += i32::from(is_punct(Some(token), '<')) - i32::from(is_punct(Some(token), '>'));
            depth == 0 && is_punct(Some(token), ',')
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// What is declared, without its value.
fn without_value(head: &[TokenTree]) -> Vec<TokenTree> {
    let mut parts = head.split(|token| is_punct(Some(token), '='));
    parts.next().unwrap_or_default().to_vec()
}

fn item(tokens: &[TokenTree], mut at: usize) -> (Item, usize) {
    let mut item = Item::default();
    while is_punct(tokens.get(at), '#') {
        let inner = usize::from(is_punct(tokens.get(at + 1), '!'));
        let Some(attribute) = group(tokens.get(at + 1 + inner), Delimiter::Bracket) else {
            break;
        };
        let first = word(attribute.stream().into_iter().next().as_ref());
        if NOTICED.contains(&&*first) && inner == 0 {
            item.attributes += &format!("#[{}] ", spell(attribute.stream()));
        }
        at += 2 + inner;
    }
    if word(tokens.get(at)) == "pub" {
        at += 1;
        match group(tokens.get(at), Delimiter::Parenthesis) {
            Some(_) => at += 1,
            None => item.is_public = true,
        }
    }
    let mut ends_at_semicolon = false;
    while let Some(token) = tokens.get(at) {
        at += 1;
        if is_punct(Some(token), ';') {
            break;
        }
        let this = word(Some(token));
        let next = word(tokens.get(at));
        if item.kind.is_empty() && KINDS.contains(&&*this) {
            let is_qualifier = ["fn", "unsafe", "extern", "async"].contains(&&*next)
                || this == "extern" && next != "crate";
            if !is_qualifier {
                ends_at_semicolon = ["const", "static", "type", "use"].contains(&&*this);
                item.kind = this.clone();
                item.name = next;
            }
        }
        let is_macro =
            this == "macro_rules" || item.kind.is_empty() && is_punct(tokens.get(at), '!');
        if is_macro && item.head.is_empty() {
            item.kind = "macro".to_owned();
            item.name = this;
        }
        if let Some(body) = group(Some(token), Delimiter::Brace)
            && !ends_at_semicolon
        {
            item.body = Some(body.clone());
            break;
        }
        item.head.push(token.clone());
    }
    (item, at)
}

impl Api {
    /// Notes which types and traits are private, and the macros.
    fn note(&mut self, tokens: &[TokenTree]) {
        for item in items(tokens) {
            match &*item.kind {
                "struct" | "enum" | "trait" | "type" if !item.is_public => {
                    self.private.insert(item.name);
                }
                "macro" if item.name == "macro_rules" => {
                    let text = spell(item.body.map(TokenTree::Group));
                    let mut words = text.split(|ch: char| !ch.is_alphanumeric());
                    if words.any(|word| ["pub", "impl"].contains(&word)) {
                        self.macros.insert(word(item.head.last()));
                    }
                }
                "mod" => {
                    if let Some(body) = item.body {
                        self.note(&inside(&body));
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, place: &str, item: &Item, text: &str) {
        let public = if item.is_public { "pub " } else { "" };
        let line = format!("{place}: {}{public}{text}", item.attributes);
        let line = line.replace('\n', " ").replace(", }", " }");
        self.lines
            .insert(line.replace(",)", ")").replace("(mut self", "(self"));
    }

    /// Adds what a module declares; `place` is the module.
    fn module(&mut self, place: &str, tokens: &[TokenTree]) {
        for item in items(tokens) {
            let body = item.body.as_ref().map(inside).unwrap_or_default();
            match &*item.kind {
                "mod"
                    if item.is_public
                        || item.body.is_some() && !item.attributes.contains("test") =>
                {
                    if item.is_public {
                        self.add(place, &item, &spell(item.head.clone()));
                    }
                    self.module(&format!("{place}::{}", item.name), &body);
                }
                "impl" => self.implementation(&item, &body),
                "macro" => self.macro_rules(place, &item, &body),
                "trait" | "struct" | "enum" if item.is_public => self.type_of(&item, &body),
                "const" | "static" if item.is_public => {
                    self.add(place, &item, &spell(without_value(&item.head)));
                }
                _ if item.is_public => self.add(place, &item, &spell(item.head.clone())),
                _ => {}
            }
        }
    }

    fn type_of(&mut self, item: &Item, body: &[TokenTree]) {
        let head = match item.body {
            Some(_) => spell(item.head.clone()),
            None => tuple_struct(&item.head),
        };
        self.add(&item.name, item, &head);
        if item.kind == "trait" {
            for mut member in items(body) {
                member.is_public = false;
                let end = if member.body.is_some() { " { .. }" } else { "" };
                self.add(&item.name, &member, &(spell(member.head.clone()) + end));
            }
            return;
        }
        for part in listed(body) {
            let (part, _) = self::item(part, 0);
            if item.kind == "enum" || part.is_public {
                let fields = part.body.iter().cloned().map(TokenTree::Group);
                let text = spell(part.head.iter().cloned().chain(fields));
                self.add(&item.name, &part, &text);
            }
        }
    }

    /// An `impl`: what it implements, and what it declares that is public.
    fn implementation(&mut self, item: &Item, body: &[TokenTree]) {
        let is_for =
            |at: usize| word(item.head.get(at)) == "for" && !is_punct(item.head.get(at + 1), '<');
        let at = (0..item.head.len()).find(|at| is_for(*at));
        let (of, to) = item.head.split_at(at.map_or(0, |at| at + 1));
        let to_name = subject(to, at.is_none());
        let of_name = subject(of, true);
        if self.private.contains(&to_name) || at.is_some() && self.private.contains(&of_name) {
            return;
        }
        let place = if to_name.is_empty() {
            "others"
        } else {
            &to_name
        };
        let head = spell(item.head.clone());
        if at.is_some() {
            self.add(place, item, &head);
        }
        for member in items(body) {
            let is_noticed = match at {
                Some(_) => ["type", "const"].contains(&&*member.kind),
                None => member.is_public,
            };
            if is_noticed {
                let text = match &*member.kind {
                    "const" => spell(without_value(&member.head)),
                    _ => spell(member.head.clone()),
                };
                self.add(
                    &format!("{place}: {}{head}", item.attributes),
                    &member,
                    &text,
                );
            }
        }
    }

    /// What a macro declares wherever it is used, and where it is used.
    fn macro_rules(&mut self, place: &str, item: &Item, rules: &[TokenTree]) {
        if item.name != "macro_rules" {
            if self.macros.contains(&item.name) {
                let body = item.body.iter().cloned().map(TokenTree::Group);
                let text = spell(item.head.iter().cloned().chain(body));
                self.add(place, item, &text);
            }
            return;
        }
        if item.attributes.contains("macro_export") {
            self.add(place, item, &spell(item.head.clone()));
        }
        for (at, token) in rules.iter().enumerate() {
            // `( … ) => { … }`
            if let Some(expansion) = group(Some(token), Delimiter::Brace)
                && at > 0
                && is_punct(rules.get(at - 1), '>')
            {
                self.module(place, &inside(expansion));
            }
        }
    }
}

/// The last word of a path, before its parameters: `BufferedWriter` of `impl<D> super::BufferedWriter<D>`.
fn subject(head: &[TokenTree], has_impl: bool) -> String {
    let keyword = head.iter().position(|token| word(Some(token)) == "impl");
    let mut at = keyword.filter(|_| has_impl).map_or(0, |at| at + 1);
    let mut depth = 0;
    if has_impl && is_punct(head.get(at), '<') {
        loop {
            depth += i32::from(is_punct(head.get(at), '<'));
            let is_arrow = at > 0 && is_punct(head.get(at - 1), '-');
            depth -= i32::from(is_punct(head.get(at), '>') && !is_arrow);
            at += 1;
            if depth == 0 || at >= head.len() {
                break;
            }
        }
    }
    let mut name = String::new();
    while let Some(token) = head.get(at) {
        match token {
            TokenTree::Ident(ident) if ident != "mut" && ident != "dyn" => name = ident.to_string(),
            TokenTree::Punct(punct) if punct.as_char() == '<' => break,
            TokenTree::Punct(punct) if punct.as_char() == '$' => return String::new(),
            TokenTree::Group(_) => break,
            _ => {}
        }
        if word(head.get(at + 1)) == "where" || word(head.get(at + 1)) == "for" {
            break;
        }
        at += 1;
    }
    name
}

/// `struct Name(pub A, B)` with what is private left out.
fn tuple_struct(head: &[TokenTree]) -> String {
    let Some((TokenTree::Group(fields), rest)) = head.split_last() else {
        return spell(head.to_vec());
    };
    let fields = inside(fields);
    let fields = listed(&fields).into_iter().map(|field| {
        let (field, _) = item(field, 0);
        match field.is_public {
            true => format!("pub {}", spell(field.head)),
            false => "_".to_owned(),
        }
    });
    format!(
        "{}({})",
        spell(rest.to_vec()),
        fields.collect::<Vec<_>>().join(", ")
    )
}

/// All declarations of `files` that are public, in order.
fn declared<'a>(files: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> BTreeSet<String> {
    let parse = |source: &str| -> Vec<_> {
        let tokens = source.parse::<TokenStream>().expect("Rust");
        tokens.into_iter().collect()
    };
    let mut api = Api::default();
    for (_, source) in files.clone() {
        api.note(&parse(source));
    }
    for (file, source) in files {
        let place = match file {
            "src/lib.rs" => "iolite".to_owned(),
            file => module(file).join("::"),
        };
        api.module(&place, &parse(source));
    }
    api.lines
}

/// Sources, and what of them is public; the test below would be worth nothing if this saw nothing.
const SEEN: &str = "
pub fn f<'a>(mut a: &'a mut [u8]) -> Option<&'a u8> { inner() } | raw::file: pub fn f<'a>(mut a: &'a mut [u8]) -> Option<&'a u8>
fn f() { pub fn g() {} } |
pub(crate) fn f() {} pub(super) struct A; pub(in super::super) use a::B; |
#[must_use] #[inline] pub const fn f() {} | raw::file: #[must_use] pub const fn f()
pub const N: usize = 3; | raw::file: pub const N: usize
#[derive(Debug)] pub struct A<D> { pub a: Vec<(D, u8)>, b: u8 } | A: #[derive(Debug)] pub struct A<D>; A: pub a: Vec<(D, u8)>
pub struct A(pub u8, HashMap<u8, u8>); | A: pub struct A(pub u8, _)
pub enum A { B, /** C */ C { d: u8 } } | A: B; A: C { d: u8 }; A: pub enum A
pub trait A: B { type C; fn d(&self); fn e(&self) {} } | A: fn d(&self); A: fn e(&self) { .. }; A: pub trait A: B; A: type C
trait A {} impl A for u8 {} struct B; impl Debug for B {} impl B { pub fn c(&self) {} } |
pub struct A; impl A { pub fn b(self) {} fn c() {} } | A: impl A: pub fn b(self); A: pub struct A
impl<T: Fn(u8) -> u8> Iterator for super::A<T> { type Item = u8; fn next() {} } | A: impl<T: Fn(u8) -> u8> Iterator for super::A<T>; A: impl<T: Fn(u8) -> u8> Iterator for super::A<T>: type Item = u8
unsafe impl<T> Send for A<T> {} | A: unsafe impl<T> Send for A<T>
mod a { pub use b::{C, d}; } | raw::file::a: pub use b::{ C, d }
#[cfg(test)] mod a { pub fn b() {} } |
macro_rules! a { ($($t:ty),*) => { $(impl B for $t {})* }; } a!(u8); c!(u8); | others: impl B for $t; raw::file: a!(u8)";

#[test]
fn what_is_public_is_seen() {
    for row in SEEN.lines().skip(1) {
        let (source, seen) = row.split_once(" |").unwrap();
        let found = declared([("src/raw/file.rs", source)].into_iter());
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(found.join("; "), seen.trim(), "{row}");
    }
}

#[test]
fn the_public_api_is_the_one_written_down() {
    let mut files = rust_files("src");
    files.retain(|file, _| !file.starts_with("src/_") && !file.ends_with("/tests.rs"));
    let here = declared(files.iter().map(|(file, source)| (&**file, &**source)));
    let path = Path::new(ROOT).join("tests/public_api.txt");
    if std::env::var_os(RENEW).is_some() {
        let lines: String = here.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&path, lines).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let written: BTreeSet<_> = written.lines().map(str::to_owned).collect();
    let gone = written.difference(&here).map(|line| format!("- {line}\n"));
    let new = here.difference(&written).map(|line| format!("+ {line}\n"));
    let changes: String = gone.chain(new).collect();
    assert!(
        changes.is_empty(),
        "the public interface changed:\n{changes}\
         If that is meant: {RENEW}=1 cargo test --test house public_api; CHANGELOG.md names it."
    );
}
