//! An invite link does not outlive the right to create it, and leads those who joined by it back to their room.

use macro_rules_attribute::apply;

use super::*;
use crate::model::{InviteTarget, Role};

const SITE: InviteTarget = InviteTarget::Site;

struct Links {
    opened: Opened,
    /// The site's admin.
    root: Person,
    /// Created the room.
    ana: Person,
    bob: Person,
    room: ThreadId,
    made: u8,
}

impl Links {
    /// Bob is an admin of Ana's room.
    async fn open(database: &Database) -> Self {
        let opened = database.open().await;
        let root = opened.add("root.one").await;
        let (ana, bob) = (opened.add("ana").await, opened.add("bob").await);
        let room = NewRoom {
            name: "Cellar".into(),
            name_key: "cellar".into(),
            topic: String::new(),
            key_hash: Some("key".into()),
        };
        let room = opened.store.make_room(ana.id, room).await.unwrap();
        let links = Self {
            opened,
            root,
            ana,
            bob,
            room,
            made: 0,
        };
        links.bob_is_admin().await;
        links
    }

    async fn bob_is_admin(&self) {
        let (user, role) = (self.bob.id, Role::Admin);
        self.act(&self.bob, policy::may_join_invited, Act::Join)
            .await;
        self.act(&self.ana, policy::may_manage, Act::SetRole { user, role })
            .await;
    }

    async fn act(&self, who: &Person, rule: Rule, act: Act) {
        let done = self.opened.store.act(who.id, self.room, rule, act);
        done.await.unwrap();
    }

    async fn make(&mut self, who: &Person, target: InviteTarget) -> [u8; 32] {
        self.made += 1;
        let token_hash = [self.made; 32];
        let invite = NewInvite {
            target,
            token_hash,
            expires_at: None,
            uses: Some(1),
        };
        fn anybody(_: &Standing, _: Option<&Standing>) -> Result<(), Refusal> {
            Ok(())
        }
        let rules = InviteRules {
            may: anybody,
            all: anybody,
        };
        let made = self.opened.store.make_invite(who.id, rules, invite);
        made.await.unwrap();
        token_hash
    }

    async fn works(&self, link: [u8; 32]) -> bool {
        self.opened.store.invite(link).await.unwrap().is_some()
    }
}

#[apply(on_both_engines)]
#[tokio::test]
async fn links_go_with_the_right_to_make_them(database: Database) {
    let mut links = Links::open(&database).await;
    let (ana, bob, root) = (links.ana.clone(), links.bob.clone(), links.root.clone());
    let to_room = InviteTarget::Room(links.room);
    let (user, role, note) = (bob.id, Role::Member, String::new());
    let until = None;
    let (order, out) = (policy::may_manage as Rule, policy::may_leave as Rule);
    let ends: [(&Person, Rule, Act); 4] = [
        (&ana, order, Act::SetRole { user, role }),
        (&ana, order, Act::Remove { user }),
        (&ana, order, Act::Ban { user, until, note }),
        (&bob, out, Act::Leave),
    ];
    for (who, rule, act) in ends {
        let (bobs, anas) = (
            links.make(&bob, to_room).await,
            links.make(&ana, to_room).await,
        );
        assert!(links.works(bobs).await);
        let what = format!("{act:?}");
        links.act(who, rule, act.clone()).await;
        assert!(!links.works(bobs).await, "{what}");
        assert!(links.works(anas).await, "another's, {what}");
        if matches!(act, Act::Ban { .. }) {
            links.act(&ana, order, Act::LiftBan { user }).await;
        }
        links.bob_is_admin().await;
    }
    // A ban of a site admin who created a link without being in the room.
    let outside = links.make(&root, to_room).await;
    let ban = Act::Ban {
        user: root.id,
        until,
        note: String::new(),
    };
    links.act(&ana, order, ban).await;
    assert!(!links.works(outside).await);
    // The site.
    let store = links.opened.store.clone();
    let by = Authority::Operator;
    store.set_site_admin(by, bob.id, true).await.unwrap();
    let (to_site, in_room) = (
        links.make(&bob, SITE).await,
        links.make(&bob, to_room).await,
    );
    store.set_site_admin(by, bob.id, false).await.unwrap();
    assert!(!links.works(to_site).await && links.works(in_room).await);
    store.suspend(by, bob.id, true).await.unwrap();
    assert!(!links.works(in_room).await);
    store.suspend(by, bob.id, false).await.unwrap();
    assert!(!links.works(in_room).await, "it does not come back");
    store.close().await;
}

#[apply(on_both_engines)]
#[tokio::test]
async fn a_spent_link_leads_its_users_to_their_room(database: Database) {
    let mut links = Links::open(&database).await;
    let ana = links.ana.clone();
    let link = links.make(&ana, InviteTarget::Room(links.room)).await;
    let store = links.opened.store.clone();
    let eve = links.opened.add("eve").await;
    let cat = links.opened.add("cat").await;
    let rule = policy::may_join_invited as Rule;
    let join = async |who: &Person| match store.join_by_invite(who.id, link, rule).await {
        Ok(thread) => Some(thread),
        Err(failure) => {
            assert_eq!(Refusal::from(failure), Refusal::InviteInvalid);
            None
        }
    };
    assert_eq!(join(&eve).await, Some(links.room));
    assert!(!links.works(link).await, "it had one use");
    assert_eq!(join(&eve).await, Some(links.room), "again");
    assert_eq!(
        store.joined_by(eve.id, link).await.unwrap(),
        Some(links.room)
    );
    assert_eq!(join(&cat).await, None);
    assert_eq!(store.joined_by(cat.id, link).await.unwrap(), None);
    let working = store.invites(InviteTarget::Room(links.room), None).await;
    assert!(working.unwrap().is_empty());
    // A removal also erases by which link the member joined.
    let remove = Act::Remove { user: eve.id };
    links.act(&ana, policy::may_manage, remove).await;
    assert_eq!(join(&eve).await, None);
    assert_eq!(store.joined_by(eve.id, link).await.unwrap(), None);
    store.close().await;
}
