//! The sign-up page.

use leptos::prelude::*;
use leptos_meta::Title;

use super::auth_page::{AuthCard, AuthPage, with_next};
use crate::client::api::forms;
use crate::client::page_data;
use crate::model::page_data::PageData;
use crate::model::{self, Refusal, RoomCard, SignUp, Site};
use crate::routes::{self, LOG_IN, SIGN_UP};
use crate::ui::common::field::{FormField, PasswordField};
use crate::ui::common::submission::Submission;

/// The sign-up form, or the reason why sign-up isn't possible.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let data = page_data::load();
    let typed = ["username", "display_name"].map(|name| data.typed(name));
    let PageData {
        site,
        card,
        refused,
        next,
        setup,
        ..
    } = data;
    let by_link = next.as_deref().is_some_and(routes::is_invite);
    let page = match why_not(site, by_link, refused.as_ref(), setup.is_some()) {
        Some(why) => view! { <NoSignUp why next /> }.into_any(),
        None => {
            let intro = intro(site, by_link, card);
            view! { <SignUpForm refused typed intro next setup /> }.into_any()
        }
    };
    view! {
        <Title text="Sign up – chapp" />
        {page}
    }
}

/// Why there is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhyNot {
    /// The link is invalid. `open`: sign-up needs no link.
    Link {
        open: bool,
    },
    Invited,
    /// The link leads to a room, and is only for users who have an account.
    RoomOnly,
    Nobody,
    /// The first account requires the setup token.
    Token,
}

fn why_not(
    site: Option<Site>,
    by_link: bool,
    refused: Option<&Refusal>,
    has_token: bool,
) -> Option<WhyNot> {
    let site = site?;
    match site.sign_up {
        _ if site.is_empty && site.needs_token && !has_token => Some(WhyNot::Token),
        _ if site.is_empty => None,
        SignUp::Nobody => Some(WhyNot::Nobody),
        mode if by_link && refused == Some(&Refusal::InviteInvalid) => Some(WhyNot::Link {
            open: mode == SignUp::Everyone,
        }),
        SignUp::Invited if !by_link => Some(WhyNot::Invited),
        SignUp::Invited if refused == Some(&Refusal::SignUpClosed) => Some(WhyNot::RoomOnly),
        _ => None,
    }
}

/// The text above the form.
fn intro(site: Option<Site>, by_link: bool, card: Option<RoomCard>) -> AnyView {
    match card {
        _ if site.is_some_and(|site| site.is_empty) => view! {
            <p class="card-intro">
                "Create the first account. It will be the site admin, who decides who else can sign up."
            </p>
        }
        .into_any(),
        Some(card) => view! {
            <p class="card-intro">
                "You're invited to " <strong dir="auto">{card.name}</strong> ". You'll join as soon as you sign up."
            </p>
        }
        .into_any(),
        None if by_link => view! { <p class="card-intro">"You're invited."</p> }.into_any(),
        None => ().into_any(),
    }
}

/// The reason why sign-up isn't possible, and what to do instead.
#[component]
fn NoSignUp(why: WhyNot, next: Option<String>) -> impl IntoView {
    let (heading, text) = match why {
        WhyNot::Link { .. } => (
            "This link no longer works",
            "It has expired, been used up or been revoked. Ask for a new one.",
        ),
        WhyNot::Invited => (
            "You need an invite link",
            "You can only sign up here with an invite link. Ask someone who has an account.",
        ),
        WhyNot::RoomOnly => (
            "You need an account first",
            "This link is for people who already have an account. To sign up, ask a site admin for an invite link.",
        ),
        WhyNot::Nobody => (
            "Sign-up is closed",
            "Ask a site admin to create an account for you.",
        ),
        WhyNot::Token => (
            "Set up this site",
            "There are no accounts yet. Open the setup link to create the first one, which will be the site admin. The server printed it in its log when it started. It ends in /signup?setup=…",
        ),
    };
    let without = (why == WhyNot::Link { open: true }).then(|| {
        view! {
            <p>
                <a class="button primary" href=SIGN_UP>
                    "Sign up anyway"
                </a>
            </p>
        }
    });
    view! {
        <AuthCard heading>
            <p class="card-intro">{text}</p>
            {without}
            <p class="card-foot">
                "Already have an account? " <a href=with_next(LOG_IN, next.as_deref())>"Log in"</a>
            </p>
        </AuthCard>
    }
}

#[component]
fn SignUpForm(
    refused: Option<Refusal>,
    typed: [String; 2],
    intro: AnyView,
    next: Option<String>,
    setup: Option<String>,
) -> impl IntoView {
    let attempt = Submission::new(refused);
    let pending = attempt.pending;
    let [username, display_name] = typed;
    let foot = view! {
        "Already have an account? " <a href=with_next(LOG_IN, next.as_deref())>"Log in"</a>
    };
    view! {
        <AuthPage heading="Create an account" action=forms::SIGN_UP attempt next intro foot>
                <FormField
                    label="Username"
                    name="username"
                    value=username
                    autocomplete="username"
                    required=true
                    autofocus=true
                    hint="3 to 32 characters, no spaces. You log in with it."
                    error=attempt.error_of(Some(model::Field::Username))
                />
                <FormField
                    label="Display name (optional)"
                    name="display_name"
                    value=display_name
                    autocomplete="name"
                    hint="The name people see. You can change it later."
                    error=attempt.error_of(Some(model::Field::DisplayName))
                />
                <PasswordField
                    label="Password"
                    name="password"
                    new=true
                    hint="At least 8 characters. A few unrelated words are strong and easy to remember."
                    error=attempt.error_of(Some(model::Field::Password))
                />
                {setup.map(|token| view! { <input type="hidden" name="setup" value=token /> })}
                <button class="button primary" disabled=move || pending.get()>
                    {move || if pending.get() { "Creating…" } else { "Create account" }}
                </button>
        </AuthPage>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(sign_up: SignUp) -> Option<Site> {
        Some(Site {
            sign_up,
            ..Site::default()
        })
    }

    #[test]
    fn users_who_may_sign_up_get_the_form() {
        assert_eq!(why_not(site(SignUp::Everyone), false, None, false), None);
        assert_eq!(why_not(site(SignUp::Invited), true, None, false), None);
        let empty = Site {
            sign_up: SignUp::Nobody,
            is_empty: true,
            ..Site::default()
        };
        assert_eq!(why_not(Some(empty), false, None, false), None);
        let needs_token = Site {
            needs_token: true,
            ..empty
        };
        let why = |has_token| why_not(Some(needs_token), false, None, has_token);
        assert_eq!((why(false), why(true)), (Some(WhyNot::Token), None));
    }

    #[test]
    fn other_users_get_the_reason() {
        let invalid = Some(&Refusal::InviteInvalid);
        assert_eq!(
            why_not(site(SignUp::Invited), false, None, false),
            Some(WhyNot::Invited)
        );
        assert_eq!(
            why_not(site(SignUp::Nobody), true, None, false),
            Some(WhyNot::Nobody)
        );
        assert_eq!(
            why_not(site(SignUp::Invited), true, invalid, false),
            Some(WhyNot::Link { open: false })
        );
        assert_eq!(
            why_not(site(SignUp::Everyone), true, invalid, false),
            Some(WhyNot::Link { open: true })
        );
        let closed = Some(&Refusal::SignUpClosed);
        assert_eq!(
            why_not(site(SignUp::Invited), true, closed, false),
            Some(WhyNot::RoomOnly)
        );
    }
}
