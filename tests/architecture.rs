//! Tests of the code's structure. `docs/ARCHITECTURE.md` defines the layers; the other rules are defined here.
//!
//! Each rule has a list of the exceptions that existed when it was introduced. A list may only get shorter.

#[path = "architecture/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use source::{Library, Module};

/// Types whose methods are spread over several files: their child modules use the parent's type. These are the only
/// permitted cycles.
const SPLIT_TYPES: [&str; 4] = ["engine", "server/store", "server/hub", "server/chat"];

/// The most lines of a file without its tests; each exception with its number of lines when it was recorded.
const FILE_LINES: usize = 400;
const LONG_FILES: [(&str, usize); 16] = [
    ("client/state", 422),
    ("engine/outbox", 470),
    ("engine/timeline", 456),
    ("model/json", 548),
    ("server/auth/accounts", 424),
    ("server/chat", 409),
    ("server/config/tables", 485),
    ("server/store/append", 436),
    ("server/store/dialect", 430),
    ("server/store/invites", 428),
    ("server/store/reports", 405),
    ("server/store/rooms", 677),
    ("server/store/writer", 526),
    ("server/websocket/connection", 548),
    ("ui/search/search_pane", 434),
    ("ui/thread/message_list", 496),
];

/// The most lines of a function; a component's view needs more.
const FUNCTION_LINES: usize = 60;
const COMPONENT_LINES: usize = 120;
const LONG_FUNCTIONS: [(&str, &str, usize); 12] = [
    ("engine", "handle", 62),
    ("model/markdown/builder", "end", 85),
    ("server/config/tables", "checked", 93),
    ("server/http/page", "window", 82),
    ("server/http/router", "router", 65),
    ("server/hub", "apply", 67),
    ("server/metrics", "new", 86),
    ("server/store/rooms", "describe", 64),
    ("server/websocket/connection", "dispatch", 72),
    ("ui/moderation/audit_log", "sentence", 68),
    ("ui/rows/notice", "text", 62),
    ("ui/thread/message_list", "update", 66),
];

/// The most files in a folder of the user interface.
const UI_FOLDER_FILES: usize = 20;

/// Addresses that are not pages.
const NO_PAGES: [&str; 3] = ["/ws", "/favicon.svg", "/manifest.webmanifest"];

/// Private vocabulary for which there are standard terms, with the number of identifiers in `src` that still contain
/// each.
const PRIVATE_WORDS: [(&str, usize); 5] = [
    ("hear", 0),
    ("told", 0),
    ("doubt", 0),
    ("kept", 10),
    ("called", 2),
];

static ROOT: LazyLock<&Path> = LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")));
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::read(&ROOT));

fn name(module: &Module) -> String {
    module.join("/")
}

/// A layer: its modules, and the lower layers that it may use.
struct Layer {
    name: String,
    modules: Vec<String>,
    may_use: BTreeSet<String>,
}

/// The table under "Layers" in `docs/ARCHITECTURE.md`.
fn layers() -> Vec<Layer> {
    let page = fs::read_to_string(ROOT.join("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let (_, section) = page
        .split_once("\n## Layers\n")
        .expect("a section named Layers");
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    rows.take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let module = |path: String| {
                let path = path.trim_start_matches("src/").trim_end_matches('/');
                path.trim_end_matches(".rs").to_owned()
            };
            Layer {
                name: quoted(cells[1]).remove(0),
                modules: quoted(cells[2]).into_iter().map(module).collect(),
                may_use: quoted(cells[3]).into_iter().collect(),
            }
        })
        .collect()
}

/// The layer of a module: the one with the longest path that contains it.
fn layer_of<'a>(module: &str, layers: &'a [Layer]) -> Option<&'a Layer> {
    let lies_in = |path: &str| {
        module == path
            || module
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let longest = |layer: &&Layer| {
        layer
            .modules
            .iter()
            .filter(|path| lies_in(path))
            .map(String::len)
            .max()
    };
    layers
        .iter()
        .filter(|layer| longest(layer).is_some())
        .max_by_key(longest)
}

#[test]
fn every_module_has_a_layer_and_imports_what_its_layer_may_use() {
    let layers = layers();
    assert!(layers.len() > 10, "the table of layers was not found");
    let mut wrong = String::new();
    for (at, layer) in layers.iter().enumerate() {
        for used in &layer.may_use {
            if !layers[..at].iter().any(|below| below.name == *used) {
                let _ = writeln!(
                    wrong,
                    "the layer {} may use {used}, which does not stand above it in the table",
                    layer.name
                );
            }
        }
    }
    for (module, imports) in LIBRARY.imports() {
        if module.is_empty() {
            continue;
        }
        let Some(layer) = layer_of(&name(module), &layers) else {
            // It only declares other modules.
            if LIBRARY.modules[module].items.is_empty() {
                continue;
            }
            let _ = writeln!(wrong, "{} has no layer", name(module));
            continue;
        };
        for import in imports.into_iter().filter(|import| !import.is_empty()) {
            let Some(other) = layer_of(&name(import), &layers) else {
                continue;
            };
            if other.name != layer.name && !layer.may_use.contains(&other.name) {
                let _ = writeln!(
                    wrong,
                    "{} ({}) imports {} ({})",
                    name(module),
                    layer.name,
                    name(import),
                    other.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn modules_import_each_other_in_no_circle() {
    let imports = LIBRARY.imports();
    let is_split = |parent: &Module| SPLIT_TYPES.contains(&name(parent).as_str());
    let graph: BTreeMap<&Module, BTreeSet<&Module>> = imports
        .iter()
        .map(|(module, targets)| {
            let up = |target: &&&Module| !(module.starts_with(target) && is_split(target));
            (*module, targets.iter().filter(up).copied().collect())
        })
        .collect();
    // Removes modules without remaining imports, again and again: those that remain lie on a cycle or lead to one.
    let mut left: BTreeSet<&Module> = graph.keys().copied().collect();
    loop {
        let free: Vec<_> = left
            .iter()
            .filter(|module| graph[**module].is_disjoint(&left))
            .copied()
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|module| !free.contains(module));
    }
    // Likewise modules that no remaining module imports.
    loop {
        let used: BTreeSet<_> = left
            .iter()
            .flat_map(|module| graph[module].iter().copied())
            .collect();
        let before = left.len();
        left.retain(|module| used.contains(module));
        if left.len() == before {
            break;
        }
    }
    let circles: Vec<_> = left
        .iter()
        .map(|module| {
            let targets: Vec<_> = graph[module]
                .intersection(&left)
                .map(|target| name(target))
                .collect();
            format!("{} -> {}", name(module), targets.join(", "))
        })
        .collect();
    assert!(
        circles.is_empty(),
        "modules that import each other in a circle:\n{}",
        circles.join("\n")
    );
}

#[test]
fn a_public_type_has_a_name_of_its_own() {
    let mut places: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (module, source) in &LIBRARY.modules {
        for public in &source.public_types {
            places.entry(public).or_default().insert(name(module));
        }
    }
    places.retain(|_, modules| modules.len() > 1);
    assert!(
        places.is_empty(),
        "names of more than one public type: {places:#?}"
    );
}

#[test]
fn what_is_pure_knows_no_framework_and_only_the_store_knows_the_database() {
    let pure = ["model", "protocol", "routes", "engine", "ui/rows"];
    let within =
        |module: &str, path: &str| module == path || module.starts_with(&format!("{path}/"));
    let mut wrong = Vec::new();
    for (module, source) in &LIBRARY.modules {
        let module = name(module);
        let knows = |name: &str| {
            let is_imported =
                |named: &source::Named| named.path.first().is_some_and(|first| first == name);
            source.words.iter().any(|word| word == name) || source.paths.iter().any(is_imported)
        };
        if pure.iter().any(|path| within(&module, path)) && knows("leptos") {
            wrong.push(format!("{module} knows leptos"));
        }
        if !within(&module, "server/store") && knows("sqlx") {
            wrong.push(format!("{module} knows sqlx"));
        }
        if within(&module, "server/store")
            && source
                .paths
                .iter()
                .any(|named| named.path.get(1).is_some_and(|first| first == "protocol"))
        {
            wrong.push(format!("{module} knows the protocol"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn addresses_are_written_in_one_place() {
    let mut wrong = Vec::new();
    for (module, source) in &LIBRARY.modules {
        let module = name(module);
        let is_browser =
            module.starts_with("ui/") || module.starts_with("client/") || module == "app";
        if !is_browser {
            continue;
        }
        for (line, text) in &source.strings {
            let is_function = text.starts_with("/api/");
            let is_path = text
                .strip_prefix('/')
                .is_some_and(|path| path.starts_with(|c: char| c.is_ascii_lowercase()));
            let is_page = is_path && !is_function && !NO_PAGES.contains(&text.as_str());
            if is_page || (is_function && !module.starts_with("client/api")) {
                wrong.push(format!("{}:{line}: {text:?}", source.file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_functions_and_folders_stay_small() {
    let mut wrong = Vec::new();
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    for (module, source) in &LIBRARY.modules {
        let module = name(module);
        let allowed = LONG_FILES
            .iter()
            .find(|(path, _)| *path == module)
            .map_or(FILE_LINES, |(_, lines)| *lines);
        if source.lines > allowed {
            wrong.push(format!(
                "{module}: {} lines, at most {allowed}",
                source.lines
            ));
        }
        for function in &source.functions {
            let exception = LONG_FUNCTIONS
                .iter()
                .find(|(path, name, _)| *path == module && *name == function.name);
            let usual = if function.is_component {
                COMPONENT_LINES
            } else {
                FUNCTION_LINES
            };
            let allowed = exception.map_or(usual, |(_, _, lines)| *lines);
            if function.lines > allowed {
                wrong.push(format!(
                    "{module} fn {}: {} lines, at most {allowed}",
                    function.name, function.lines
                ));
            }
        }
        if let Some((folder, _)) = module
            .strip_prefix("ui/")
            .and_then(|path| path.rsplit_once('/'))
        {
            *folders.entry(folder.to_owned()).or_default() += 1;
        }
    }
    folders.retain(|_, files| *files > UI_FOLDER_FILES);
    assert!(
        wrong.is_empty() && folders.is_empty(),
        "{wrong:#?} {folders:?}"
    );
}

#[test]
fn words_of_our_own_become_fewer() {
    let mut counts: BTreeMap<&str, usize> =
        PRIVATE_WORDS.iter().map(|(word, _)| (*word, 0)).collect();
    for source in LIBRARY.modules.values() {
        for part in source.words.iter().flat_map(|word| word.split('_')) {
            if let Some(count) = counts.get_mut(part.to_lowercase().as_str()) {
                *count += 1;
            }
        }
    }
    for (word, allowed) in PRIVATE_WORDS {
        assert!(
            counts[word] <= allowed,
            "{word:?} is used {} times in identifiers, at most {allowed}",
            counts[word]
        );
    }
}

#[test]
fn files_that_documents_name_exist() {
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "migrations/README.md"]
        .map(|page| ROOT.join(page))
        .into();
    for folder in ["docs", "docs/decisions"] {
        let entries = fs::read_dir(ROOT.join(folder))
            .expect(folder)
            .flatten()
            .map(|entry| entry.path());
        pages.extend(entries.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    let mut texts: Vec<(String, String)> = pages
        .iter()
        .map(|page| {
            (
                page.display().to_string(),
                fs::read_to_string(page).expect("a page"),
            )
        })
        .collect();
    for source in LIBRARY.modules.values() {
        let header = source
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"));
        texts.push((
            source.file.display().to_string(),
            header.collect::<Vec<_>>().join("\n"),
        ));
    }
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        rust_files(&ROOT.join(folder), &mut files);
    }
    let mut wrong = Vec::new();
    for (page, text) in &texts {
        for quoted in text.split('`').skip(1).step_by(2) {
            // Names in examples of the file layout.
            if ["foo.rs", "mod.rs"].contains(&quoted) {
                continue;
            }
            let (path, item) = quoted
                .split_once("::")
                .map_or((quoted, None), |(path, item)| (path, Some(item)));
            let is_path = path
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/_-.".contains(c))
                && path.contains('/');
            let first = path.split('/').next().unwrap_or_default();
            let is_ours = [
                "src",
                "tests",
                "benches",
                "docs",
                "scripts",
                "end2end",
                "migrations",
                "deploy",
                "style",
            ]
            .contains(&first);
            let found = if is_path && is_ours {
                let whole = [ROOT.join(path), ROOT.join(path).with_extension("rs")];
                whole.into_iter().find(|path| path.exists())
            } else if path.ends_with(".rs")
                && path
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "/_.".contains(c))
            {
                let ends = |file: &&PathBuf| file.ends_with(path);
                files.iter().find(ends).cloned()
            } else {
                continue;
            };
            match found {
                None => wrong.push(format!("{page}: {quoted}")),
                Some(file) => {
                    let item = item
                        .and_then(|item| item.rsplit("::").next())
                        .map(|item| item.trim_end_matches("()"));
                    if let Some(item) = item
                        && !fs::read_to_string(&file).unwrap_or_default().contains(item)
                    {
                        wrong.push(format!("{page}: {quoted}, which has no {item}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
    {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}
