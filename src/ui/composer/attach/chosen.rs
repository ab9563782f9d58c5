//! Which of the chosen files can be attached: the limits are checked before anything is uploaded.

use crate::model::file::size_text;
use crate::model::{FileLimits, limits};

/// A file that was chosen, as far as the limits look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub name: String,
    pub size: i64,
}

/// Checks chosen files, of which `before` are attached already. Returns which of them can be attached, and a sentence
/// about the others.
#[must_use]
pub fn check(chosen: &[Chosen], before: usize, limits: FileLimits) -> (Vec<usize>, Option<String>) {
    if limits.max_size == 0 {
        return (
            Vec::new(),
            Some("You can't send files on this site.".into()),
        );
    }
    let (mut good, mut error) = (Vec::new(), None);
    for (index, file) in chosen.iter().enumerate() {
        if file.size > limits.max_size {
            error = Some(format!(
                "{} is {}. Files can be up to {}.",
                file.name,
                size_text(file.size),
                size_text(limits.max_size)
            ));
        } else if before + good.len() == limits.max_files {
            error = Some(format!(
                "A message can have up to {} files. Send the others in another message.",
                limits.max_files
            ));
            break;
        } else {
            good.push(index);
        }
    }
    (good, error)
}

/// The name that a file is uploaded with. Pasted pictures all have the same.
#[must_use]
pub fn name(name: &str) -> String {
    let name = name.trim();
    let name = if name.is_empty() { "file" } else { name };
    let length = name.chars().count();
    if length <= limits::FILE_NAME_MAX {
        return name.to_owned();
    }
    // The end stays, because it has the extension.
    const END: usize = 20;
    let start = name.chars().take(limits::FILE_NAME_MAX - END - 1);
    start
        .chain(['…'])
        .chain(name.chars().skip(length - END))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, size: i64) -> Chosen {
        Chosen {
            name: name.into(),
            size,
        }
    }

    const LIMITS: FileLimits = FileLimits {
        max_size: 50_000_000,
        max_files: 3,
    };

    #[test]
    fn a_file_that_is_too_large_is_named_and_the_others_are_attached() {
        let files = [
            chosen("a.png", 10),
            chosen("plan.iso", 3_100_000_000),
            chosen("b", 0),
        ];
        let (good, error) = check(&files, 0, LIMITS);
        assert_eq!(good, [0, 2]);
        let error = error.unwrap();
        assert_eq!(error, "plan.iso is 3.1 GB. Files can be up to 50 MB.");
    }

    #[test]
    fn a_message_takes_only_so_many_files() {
        let files = [chosen("a", 1), chosen("b", 1), chosen("c", 1)];
        let (good, error) = check(&files, 2, LIMITS);
        assert_eq!(good, [0]);
        assert!(error.unwrap().contains("up to 3 files"));
        assert_eq!(check(&files, 0, LIMITS), (vec![0, 1, 2], None));
    }

    #[test]
    fn where_files_are_switched_off_none_is_attached() {
        let off = FileLimits {
            max_size: 0,
            ..LIMITS
        };
        assert!(check(&[chosen("a", 0)], 0, off).1.is_some());
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        assert_eq!(name(" "), "file");
        assert_eq!(name("plan.pdf"), "plan.pdf");
        let long = name(&["x".repeat(300), ".pdf".into()].concat());
        assert!(long.ends_with(".pdf") && long.chars().count() == limits::FILE_NAME_MAX);
    }
}
