//! Attached files: the tray above the field, and the uploads. Loaded with the first file.

pub mod chosen;
pub mod recorder;
pub mod stored;
pub mod transfer;
pub mod tray;
pub mod uploader;
pub mod waveform;
