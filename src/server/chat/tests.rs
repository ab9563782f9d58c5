//! Authorization and application logic, tested against the real store.

mod allowed;
mod allowed_files;
mod doubt;
mod found;
mod keys;
mod mentions;
mod names;
mod own_list;
mod random_walk;
mod reports;
mod settings;

use crate::server::auth::Asker;

impl super::Chat {
    /// The hash of a key.
    async fn new_key(&self, key: &str) -> String {
        self.passwords
            .new_key(Asker::OPERATOR, key.into(), vec![])
            .await
            .unwrap()
    }
}
