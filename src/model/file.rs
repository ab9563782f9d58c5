//! Files in messages: what a message says about each, and what a `send` says of an upload.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::limits;

/// An upload, and later the file of the message that took it. Random, so that it can't be guessed; whoever knows it
/// still needs access to the thread.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct FileId(pub Uuid);

impl FileId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for FileId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// How a file is shown. Decided by the server from the content, never from the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A picture that the server could decode: it has thumbnails, `width` and `height`.
    Image,
    Video,
    Audio,
    /// Audio that its sender recorded for the message.
    Voice,
    Pdf,
    /// Plain text in UTF-8.
    Text,
    /// Anything else, which is only ever downloaded. Also a kind that this version doesn't know.
    #[default]
    #[serde(other)]
    Other,
}

/// A file of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    pub id: FileId,
    /// The name that the sender gave it, without folders and control characters.
    #[serde(default)]
    pub name: String,
    /// In bytes.
    #[serde(default)]
    pub size: i64,
    #[serde(default)]
    pub kind: FileKind,
    /// The media type that it is served with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mime: String,
    /// In pixels, as it is shown upright; 0: not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: i64,
    /// As `width`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub height: i64,
    /// Whether a picture moves. Its thumbnails stand still.
    #[serde(default, skip_serializing_if = "is_false")]
    pub animated: bool,
    /// A placeholder of about 25 bytes, in base64 (<https://evanw.github.io/thumbhash/>); empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thumbhash: String,
    /// What a picture shows, in the sender's words; empty: not given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
    /// The length of sound and video, in milliseconds, as the sender's client measured it; 0: not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub duration: i64,
    /// The loudness of a voice message over its length, one byte for each bar, in base64; empty: not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub waveform: String,
}

impl FileRef {
    /// The reference to an upload whose facts are yet to be looked up.
    #[must_use]
    pub fn to(attachment: Attachment) -> Self {
        Self {
            id: attachment.id,
            alt: attachment.alt,
            ..Self::default()
        }
    }

    /// What a `send` says of it.
    #[must_use]
    pub fn attachment(&self) -> Attachment {
        Attachment {
            id: self.id,
            alt: self.alt.clone(),
        }
    }
}

/// A finished upload, named by the `send` of the message that takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub id: FileId,
    /// What a picture shows; at most [`limits::ALT_MAX`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

/// The site's limits on files, for the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLimits {
    /// Largest file, in bytes; 0: nobody can upload files.
    pub max_size: i64,
    /// Files per message.
    pub max_files: usize,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            max_size: limits::FILE_SIZE,
            max_files: limits::FILES_PER_MESSAGE,
        }
    }
}

/// An upload as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The facts of the file. Until the upload is finished only `id`, `name` and `size` are meaningful.
    pub file: FileRef,
    pub thread: super::ThreadId,
    /// The bytes that are stored.
    pub offset: i64,
    /// Whether a message can take it.
    pub finished: bool,
    /// When it is discarded, unless more of it arrives or a message takes it.
    pub expires_at: super::Millis,
}

/// A file in the list of a thread's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// The position of its message.
    pub seq: super::Seq,
    pub author: super::UserId,
    pub at: super::Millis,
    pub file: FileRef,
}

/// A page of a thread's files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesPage {
    /// Those of the latest message first.
    pub files: Vec<FileEntry>,
    /// Whether there may be more, before the last of these.
    pub more: bool,
    /// The authors.
    pub people: Vec<super::Person>,
}

/// The size of a picture that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thumbnail {
    /// At most [`limits::THUMBNAIL_SMALL`] pixels a side.
    Small,
    /// At most [`limits::THUMBNAIL_LARGE`] pixels a side.
    Large,
}

impl Thumbnail {
    /// Its name in addresses and in the folder of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
        }
    }
}

/// The words for a message that has files and no text, in previews and quotes.
#[must_use]
pub fn summary(files: &[FileRef]) -> String {
    let all = |kind| files.iter().all(|file| file.kind == kind);
    let (one, many) = match files {
        [file] if matches!(file.kind, FileKind::Pdf | FileKind::Text | FileKind::Other) => {
            return file.name.clone();
        }
        [] => return String::new(),
        _ if all(FileKind::Image) => ("Photo", " photos"),
        _ if all(FileKind::Video) => ("Video", " videos"),
        _ if all(FileKind::Voice) => ("Voice message", " voice messages"),
        _ if all(FileKind::Audio) => ("Audio", " audio files"),
        _ => ("File", " files"),
    };
    match files.len() {
        1 => one.to_owned(),
        count => [&*count.to_string(), many].concat(),
    }
}

/// What a search finds these files by: a line for each name, and one for each description.
#[must_use]
pub fn searched(files: &[FileRef]) -> String {
    let lines = files.iter().flat_map(|file| [&*file.name, &*file.alt]);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// A size in words: `512 bytes`, `1.2 MB`. Units of 1,000, as file managers show them.
#[must_use]
pub fn size_text(bytes: i64) -> String {
    let (unit, name) = match bytes {
        ..1_000 => return [&*bytes.to_string(), " bytes"].concat(),
        1_000..1_000_000 => (1_000, " KB"),
        1_000_000..1_000_000_000 => (1_000_000, " MB"),
        _ => (1_000_000_000, " GB"),
    };
    let whole = (bytes / unit).to_string();
    match (bytes / unit, bytes % unit * 10 / unit) {
        (0..10, tenth @ 1..) => [&*whole, ".", &*tenth.to_string(), name].concat(),
        _ => [&*whole, name].concat(),
    }
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: FileKind, name: &str) -> FileRef {
        FileRef {
            kind,
            name: name.into(),
            ..FileRef::default()
        }
    }

    #[test]
    fn files_without_a_text_are_named_by_their_kind_and_number() {
        let photo = || file(FileKind::Image, "a.jpg");
        let plan = || file(FileKind::Pdf, "plan.pdf");
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(&[photo()]), "Photo");
        assert_eq!(summary(&[photo(), photo()]), "2 photos");
        assert_eq!(summary(&[plan()]), "plan.pdf");
        assert_eq!(summary(&[plan(), photo()]), "2 files");
    }

    #[test]
    fn a_size_has_the_unit_that_keeps_it_short() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1 KB"),
            (1_250, "1.2 KB"),
            (34_567, "34 KB"),
            (999_999, "999 KB"),
            (1_200_000, "1.2 MB"),
            (50_000_000, "50 MB"),
            (3_100_000_000, "3.1 GB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }

    #[test]
    fn a_message_without_files_says_nothing_about_them_and_a_later_kind_is_a_plain_file() {
        let text = serde_json::to_string(&FileRef::default()).unwrap();
        let id = "00000000-0000-0000-0000-000000000000";
        assert_eq!(
            text,
            format!(r#"{{"id":"{id}","name":"","size":0,"kind":"other"}}"#)
        );
        let later = format!(r#"{{"id":"{id}","kind":"hologram"}}"#);
        let later: FileRef = super::super::json::read(&later).unwrap();
        assert_eq!(later, FileRef::default());
    }
}
