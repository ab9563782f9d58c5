//! `[chapp.push]`: notifications while no page is open.

use serde::Deserialize;

use crate::server::push::PushSettings;
use crate::server::push::endpoint::PushServices;

/// The push services of Chrome, Firefox, Safari and Edge.
const SERVICES: &str =
    "fcm.googleapis.com *.push.services.mozilla.com *.push.apple.com *.notify.windows.com";

/// `[chapp.push]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfig {
    /// Whether browsers can subscribe, and pushes are sent.
    pub enabled: bool,
    /// The push services that pushes are sent to, separated by spaces: hosts, `*.` with a domain, or origins with their
    /// scheme. Nothing is ever sent to another address.
    pub services: String,
}

impl Default for PushConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            services: SERVICES.into(),
        }
    }
}

impl PushConfig {
    /// Checks the list.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.services().map(drop)
    }

    /// How pushes are sent by a site with this origin and contact; `None`: not at all.
    ///
    /// # Errors
    /// Which entry of the list is no push service.
    pub fn settings(
        &self,
        site: Option<&str>,
        contact: Option<String>,
    ) -> anyhow::Result<Option<PushSettings>> {
        let settings = PushSettings {
            services: self.services()?,
            site: site.map(str::to_owned),
            contact,
        };
        Ok(self.enabled.then_some(settings))
    }

    fn services(&self) -> anyhow::Result<PushServices> {
        PushServices::read(self.services.split_whitespace())
    }
}
