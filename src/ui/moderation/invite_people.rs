//! How to invite people to this site: its address, or a link.

use leptos::prelude::*;

use super::invite_links::{CopyField, InviteLinks};
use crate::client::api;
use crate::client::dom;
use crate::client::state::use_client;
use crate::model::{Inviting, SignUp};
use crate::ui::common::fetch::{LoadingText, fetched, waiting_text};

#[component]
pub fn InvitePeople() -> impl IntoView {
    let is_admin = use_client().is_site_admin;
    let site = fetched(RwSignal::new(0), api::site);
    let words = move || {
        let site = site.get()?.ok()?;
        Some(match (site.sign_up, site.inviting) {
            (SignUp::Everyone, _) => view! {
                <CopyField label="Anyone can sign up at this address." value=dom::origin() />
            }
            .into_any(),
            (SignUp::Invited, _) if is_admin => view! { <InviteLinks target=None /> }.into_any(),
            (SignUp::Invited, Inviting::Members) => {
                "New people need an invite link. Create one in the details of a room.".into_any()
            }
            (SignUp::Invited, Inviting::Admins) => {
                "New people need an invite link from an admin.".into_any()
            }
            (SignUp::Nobody, _) => "No one can sign up on this site at the moment.".into_any(),
        })
    };
    view! {
        <div class="overlay-body">
            <LoadingText text=waiting_text(site, "", |_| false) />
            {words}
        </div>
    }
}
