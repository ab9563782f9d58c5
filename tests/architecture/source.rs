//! A minimal reader of Rust source for these rules: modules, imports, paths, items and their sizes.
//!
//! It works on tokens rather than syntax trees, and first drops comments, strings and everything under `#[cfg(test)]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a module below the crate's root; the root itself is empty.
pub type Module = Vec<String>;

/// The properties of a module's file that the rules check.
#[derive(Debug, Default)]
pub struct Source {
    pub file: PathBuf,
    pub text: String,
    /// Lines without the trailing test module.
    pub lines: usize,
    /// Everything imported or named by a path, as an absolute path, and whether it is a public re-export.
    pub paths: Vec<Named>,
    /// The names of all items.
    pub items: BTreeSet<String>,
    pub public_types: Vec<String>,
    pub functions: Vec<Function>,
    /// Every identifier.
    pub words: Vec<String>,
    /// String literals, with their lines.
    pub strings: Vec<(usize, String)>,
}

#[derive(Debug, Clone)]
pub struct Named {
    pub path: Vec<String>,
    pub alias: Option<String>,
    pub is_re_export: bool,
    pub is_use: bool,
}

#[derive(Debug)]
pub struct Function {
    pub name: String,
    pub lines: usize,
    pub is_component: bool,
}

/// All modules of the library, by path.
#[derive(Debug)]
pub struct Library {
    pub modules: BTreeMap<Module, Source>,
}

impl Library {
    pub fn read(root: &Path) -> Self {
        let mut library = Self {
            modules: BTreeMap::new(),
        };
        library.load(root, &root.join("src/lib.rs"), &Module::new());
        library
    }

    fn load(&mut self, root: &Path, file: &Path, module: &Module) {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut reader = Reader::new(&text, module.clone());
        reader.read();
        let (children, mut source) = (reader.children, reader.source);
        source.file = file.strip_prefix(root).unwrap_or(file).to_owned();
        source.text = text;
        self.modules.insert(module.clone(), source);
        let folder = match module.len() {
            0 => root.join("src"),
            _ => file.with_extension(""),
        };
        for child in children {
            let path = child[module.len()..].iter().collect::<PathBuf>();
            self.load(root, &folder.join(path).with_extension("rs"), &child);
        }
    }

    /// The modules that each module depends on. A re-export counts as an import of the module that defines the item.
    pub fn imports(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let mut all = BTreeMap::new();
        for (module, source) in &self.modules {
            let targets: BTreeSet<_> = source
                .paths
                .iter()
                .filter(|named| !named.is_re_export)
                .filter_map(|named| self.defines(&self.absolute(module, named)?, 0))
                .filter(|target| *target != module)
                .collect();
            all.insert(module, targets);
        }
        all
    }

    /// A `use` may begin with the name of a child module.
    fn absolute(&self, module: &Module, named: &Named) -> Option<Vec<String>> {
        match named.path.first()?.as_str() {
            "\0crate" => Some(named.path[1..].to_vec()),
            first if named.is_use => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                let is_child = self.modules.contains_key(&child);
                is_child.then(|| [module.as_slice(), &named.path].concat())
            }
            _ => None,
        }
    }

    /// The module that defines the item at `path`.
    fn defines(&self, path: &[String], depth: usize) -> Option<&Module> {
        let length = (0..=path.len())
            .rev()
            .find(|n| self.modules.contains_key(&path[..*n]))?;
        let (module, source) = self.modules.get_key_value(&path[..length])?;
        let Some(name) = path.get(length).filter(|_| depth < 10) else {
            return Some(module);
        };
        if source.items.contains(name) {
            return Some(module);
        }
        let re_exports = source.paths.iter().filter(|named| named.is_re_export);
        for named in re_exports {
            let target = self.absolute(module, named)?;
            let local = named.alias.as_ref().or(target.last());
            if local == Some(name) {
                let whole = [&target, &path[length + 1..]].concat();
                return self.defines(&whole, depth + 1);
            }
        }
        Some(module)
    }
}

/// One pass over a file.
struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    module: Module,
    children: Vec<Module>,
    source: Source,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
    /// `::`
    Path,
    Text(String),
}

impl Reader {
    fn new(text: &str, module: Module) -> Self {
        Self {
            tokens: tokens(text),
            at: 0,
            module,
            children: Vec::new(),
            source: Source::default(),
        }
    }

    fn read(&mut self) {
        let mut inline: Vec<(usize, String)> = Vec::new();
        let mut depth = 0;
        let (mut public, mut component) = (None, false);
        while let Some((line, token)) = self.tokens.get(self.at).cloned() {
            self.source.lines = line;
            self.at += 1;
            let word = match token {
                Token::Sign('{') => {
                    depth += 1;
                    continue;
                }
                Token::Sign('}') => {
                    depth -= 1;
                    inline.retain(|(opened, _)| *opened <= depth);
                    continue;
                }
                Token::Sign('#') => {
                    match self.attribute().as_str() {
                        test if test.contains("cfg(test") || test.contains("cfg(all(test") => {
                            self.skip_item();
                        }
                        attribute => component |= attribute == "component",
                    }
                    continue;
                }
                Token::Text(text) => {
                    self.source.strings.push((line, text));
                    continue;
                }
                Token::Word(word) => word,
                _ => continue,
            };
            self.source.words.push(word.clone());
            let visible = public.take();
            match word.as_str() {
                "pub" => public = Some(self.scope()),
                "mod" => self.module_item(depth, &mut inline),
                "use" => self.use_item(visible.is_some(), &inline),
                "fn" => self.function(line, std::mem::take(&mut component), visible.is_some()),
                "struct" | "enum" | "trait" | "type" | "union" => {
                    if let Some(name) = self.word() {
                        if visible.is_some() {
                            self.source.public_types.push(name.clone());
                        }
                        self.source.items.insert(name);
                    }
                }
                "const" | "static" => {
                    if let Some(name) = self.word() {
                        self.source.items.insert(name);
                    }
                }
                "async" | "unsafe" if visible.is_some() => public = visible,
                "crate" | "self" | "super" => self.path(word, &inline),
                _ => {}
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(_, token)| token)
    }

    fn word(&self) -> Option<String> {
        match self.peek(0) {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        }
    }

    /// Reads the parentheses after `pub` and returns their content.
    fn scope(&mut self) -> String {
        let mut scope = String::new();
        if self.peek(0) == Some(&Token::Sign('(')) {
            while let Some((_, token)) = self.tokens.get(self.at) {
                self.at += 1;
                match token {
                    Token::Word(word) => scope.push_str(word),
                    Token::Sign(')') => break,
                    _ => {}
                }
            }
        }
        scope
    }

    /// Reads an attribute and returns its text without spaces.
    fn attribute(&mut self) -> String {
        let mut text = String::new();
        if self.peek(0) == Some(&Token::Sign('!')) {
            self.at += 1;
        }
        let mut depth = 0;
        while let Some((_, token)) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Sign('[') => depth += 1,
                Token::Sign(']') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                Token::Sign(sign) => text.push(*sign),
                Token::Word(word) => text.push_str(word),
                Token::Path => text.push_str("::"),
                Token::Text(_) => text.push('"'),
            }
        }
        text
    }

    /// Skips the item that starts here: to its `;`, or past its braces.
    fn skip_item(&mut self) {
        let mut depth = 0;
        while let Some((_, token)) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Sign('{' | '(' | '[') => depth += 1,
                Token::Sign('}' | ')' | ']') => {
                    depth -= 1;
                    if depth == 0 && *token == Token::Sign('}') {
                        return;
                    }
                }
                Token::Sign(';') if depth == 0 => return,
                _ => {}
            }
        }
    }

    fn module_item(&mut self, depth: usize, inline: &mut Vec<(usize, String)>) {
        let Some(name) = self.word() else { return };
        match self.peek(1) {
            Some(Token::Sign(';')) => {
                let path = inline.iter().map(|(_, name)| name.clone());
                let child = self.module.iter().cloned().chain(path).chain([name]);
                self.children.push(child.collect());
            }
            Some(Token::Sign('{')) => inline.push((depth + 1, name)),
            _ => {}
        }
    }

    fn function(&mut self, line: usize, is_component: bool, is_public: bool) {
        let Some(name) = self.word() else { return };
        self.source.items.insert(name.clone());
        if is_component && is_public {
            self.source.public_types.push(name.clone());
        }
        // Finds the closing brace, without moving.
        let (mut depth, mut end) = (0, None);
        for (at, token) in &self.tokens[self.at..] {
            match token {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') => {
                    depth -= 1;
                    if depth == 0 {
                        end = Some(*at);
                        break;
                    }
                }
                Token::Sign(';') if depth == 0 => break,
                _ => {}
            }
        }
        if let Some(end) = end {
            self.source.functions.push(Function {
                name,
                lines: end - line + 1,
                is_component,
            });
        }
    }

    /// Resolves a path that starts with `crate`, `self` or `super`; others stay as they are.
    fn absolute(&self, path: Vec<String>, inline: &[(usize, String)]) -> Option<Vec<String>> {
        let mut here: Vec<_> = self.module.clone();
        here.extend(inline.iter().map(|(_, name)| name.clone()));
        let ups = path.iter().take_while(|word| *word == "super").count();
        let base = match path.first()?.as_str() {
            "crate" => return Some([vec!["\0crate".to_owned()], path[1..].to_vec()].concat()),
            "self" => [here, path[1..].to_vec()].concat(),
            "super" => [
                here[..here.len().checked_sub(ups)?].to_vec(),
                path[ups..].to_vec(),
            ]
            .concat(),
            _ => return Some(path),
        };
        Some([vec!["\0crate".to_owned()], base].concat())
    }

    fn push(
        &mut self,
        path: Vec<String>,
        alias: Option<String>,
        is: (bool, bool),
        inline: &[(usize, String)],
    ) {
        if let Some(path) = self.absolute(path, inline) {
            self.source.paths.push(Named {
                path,
                alias,
                is_use: is.0,
                is_re_export: is.1,
            });
        }
    }

    fn path(&mut self, first: String, inline: &[(usize, String)]) {
        let mut path = vec![first];
        while let (Some(Token::Path), Some(Token::Word(word))) = (self.peek(0), self.peek(1)) {
            path.push(word.clone());
            self.at += 2;
        }
        if path.len() > 1 {
            self.push(path, None, (false, false), inline);
        }
    }

    fn use_item(&mut self, is_public: bool, inline: &[(usize, String)]) {
        // `impl Trait + use<'a>` is not an import.
        if self.peek(0) == Some(&Token::Sign('<')) {
            return;
        }
        let mut leaves = Vec::new();
        self.use_tree(&[], &mut leaves);
        for (path, alias) in leaves {
            self.push(path, alias, (true, is_public), inline);
        }
    }

    fn use_tree(&mut self, before: &[String], leaves: &mut Vec<(Vec<String>, Option<String>)>) {
        let mut path = before.to_vec();
        let mut alias = None;
        while let Some((_, token)) = self.tokens.get(self.at).cloned() {
            match token {
                Token::Word(word) if word == "as" => {
                    self.at += 1;
                    alias = self.word();
                }
                Token::Word(word) if word != "self" || path.is_empty() => path.push(word),
                Token::Sign('{') => {
                    self.at += 1;
                    while self.peek(0).is_some() && self.peek(0) != Some(&Token::Sign('}')) {
                        self.use_tree(&path, leaves);
                        if self.peek(0) == Some(&Token::Sign(',')) {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                Token::Sign(',' | '}' | ';') => break,
                _ => {}
            }
            self.at += 1;
        }
        leaves.push((path, alias));
    }
}

/// The tokens of a source, each with its line; comments are dropped.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut line, mut all) = (0, 1, Vec::new());
    let get = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while at < chars.len() {
        let (start, c) = (at, chars[at]);
        match c {
            '/' if get(at + 1) == '/' => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            '/' if get(at + 1) == '*' => {
                while at < chars.len() && !(chars[at] == '*' && get(at + 1) == '/') {
                    at += 1;
                }
                at += 2;
            }
            '"' => {
                at += 1;
                while at < chars.len() && chars[at] != '"' {
                    at += if chars[at] == '\\' { 2 } else { 1 };
                }
                at += 1;
                all.push((
                    line,
                    Token::Text(chars[start + 1..(at - 1).min(chars.len())].iter().collect()),
                ));
            }
            'r' if matches!(get(at + 1), '"' | '#') && raw_string(&chars, at).is_some() => {
                let (from, to, end) = raw_string(&chars, at).unwrap_or((at, at, at + 1));
                all.push((line, Token::Text(chars[from..to].iter().collect())));
                at = end;
            }
            // A character, not a lifetime.
            '\'' if get(at + 1) == '\\' || get(at + 2) == '\'' => {
                at += if get(at + 1) == '\\' { 3 } else { 2 };
                while at < chars.len() && chars[at] != '\'' {
                    at += 1;
                }
                at += 1;
            }
            c if c.is_alphanumeric() || c == '_' => {
                while get(at).is_alphanumeric() || get(at) == '_' {
                    at += 1;
                }
                all.push((line, Token::Word(chars[start..at].iter().collect())));
            }
            ':' if get(at + 1) == ':' => {
                at += 2;
                all.push((line, Token::Path));
            }
            c => {
                at += 1;
                if !c.is_whitespace() {
                    all.push((line, Token::Sign(c)));
                }
            }
        }
        line += chars[start..at.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
    }
    all
}

/// The range of a raw string's text, and the end of the literal.
fn raw_string(chars: &[char], at: usize) -> Option<(usize, usize, usize)> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let from = at + 1 + hashes + 1;
    (chars.get(from - 1) == Some(&'"')).then_some(())?;
    let closes = |i: &usize| {
        chars[*i] == '"'
            && chars[i + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    let to = (from..chars.len()).find(closes)?;
    Some((from, to, to + 1 + hashes))
}
