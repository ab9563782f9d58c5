//! Entering threads.

use leptos::prelude::untrack;

use super::ClientState;
use crate::client::api;
use crate::engine::Input;
use crate::model::{Refusal, ThreadHead, UserId};
use crate::routes::thread_path;

impl ClientState {
    /// The path of the direct thread with a user, which is created if there is none.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn open_direct(self, user: UserId) -> Result<String, Refusal> {
        match untrack(|| self.direct_with(user)) {
            Some(thread) => Ok(thread_path(thread)),
            None => Ok(self.enter(api::open_direct(user).await?)),
        }
    }

    /// Adds a thread that the user has just entered. Returns its path.
    #[must_use]
    pub fn enter(self, head: ThreadHead) -> String {
        let path = thread_path(head.id);
        self.act(Input::Thread(head));
        path
    }
}
