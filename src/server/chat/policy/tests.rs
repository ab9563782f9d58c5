//! Every rule, evaluated for every standing. `every_public_rule_has_a_test` reads the source, so that no rule is left
//! out.

use super::*;

const STRANGER: Standing = Standing {
    kind: None,
    role: None,
    banned_until: None,
    is_site_admin: false,
    is_suspended: false,
    posting: Posting::Everyone,
    inviting: Inviting::Admins,
    slow_ms: 0,
    slow_left_ms: 0,
    is_blocked: false,
    blocks: false,
};

/// The moment at which the bans of these tests end.
const UNTIL: Millis = 1_000;
/// The remaining slow-mode wait in these tests.
const LEFT_MS: u64 = 700;

/// A column of [`TABLE`]: the name of the rule, and its evaluation.
type Asked = (&'static str, fn(&Standing) -> Verdict);

const RULES: [Asked; 18] = [
    ("may_read", |who| may_read(who, None)),
    ("may_post", |who| may_post(who, None)),
    ("may_reply", |who| may_reply(who, None)),
    ("may_upload", |who| may_upload(who, None)),
    ("may_call_room", |who| may_mention_room(who, None)),
    ("may_edit own", |who| may_edit(who, true)),
    ("may_edit other", |who| may_edit(who, false)),
    ("may_delete own", |who| may_delete(who, true)),
    ("may_delete other", |who| may_delete(who, false)),
    ("may_react", |who| may_react(who, false)),
    ("may_pin", |who| may_pin(who, false)),
    ("may_join", |who| may_join(who, None)),
    ("may_join_invited", |who| may_join_invited(who, None)),
    ("may_leave", |who| may_leave(who, None)),
    ("may_manage", |who| may_manage(who, None)),
    ("may_invite", |who| may_invite(who, None)),
    ("may_remove", |who| may_remove(who, None)),
    ("may_manage_site", |who| may_manage_site(who, None)),
];

/// The short names of the refusals in [`TABLE`].
fn short(verdict: &Verdict) -> &'static str {
    match verdict {
        Ok(()) => "ok",
        Err(Refusal::NotFound) => "nf",
        Err(Refusal::NotMember) => "nm",
        Err(Refusal::Banned { until: Some(UNTIL) }) => "ba",
        Err(Refusal::Banned { until: None }) => "bg",
        Err(Refusal::Forbidden) => "fb",
        Err(Refusal::NotAuthor) => "na",
        Err(Refusal::CantMessage) => "cm",
        Err(Refusal::YouBlocked) => "yb",
        Err(Refusal::AdminsPost) => "ap",
        Err(Refusal::RepliesOnly) => "ro",
        Err(Refusal::SlowMode { retry_after_ms }) if *retry_after_ms == LEFT_MS => "sl",
        Err(Refusal::Suspended) => "su",
        Err(other) => panic!("{other:?}"),
    }
}

/// A row for each standing: its words (see [`standing`]), then the answer of each of [`RULES`].
/// `nf` not found, `nm` not a member, `ba` banned for a time, `bg` banned for good, `fb` forbidden, `na` not the author,
/// `cm` can't message, `yb` you blocked them, `ap` only admins post, `ro` replies only, `sl` slow mode.
const TABLE: &str = "
standing                       read post rply uplo call edto edtx delo delx reac pin  join jinv leav mana invi remv site
nowhere                          nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   fb
nowhere site                     nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   ok
direct                           nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   fb
direct site                      nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   ok
direct member                    ok   ok   ok   ok   fb   ok   na   ok   na   ok   ok   nf   nf   fb   fb   fb   fb   fb
direct member site               ok   ok   ok   ok   fb   ok   na   ok   na   ok   ok   nf   nf   fb   fb   fb   fb   ok
direct member blocked            ok   cm   cm   cm   fb   cm   cm   ok   na   cm   cm   nf   nf   fb   fb   fb   fb   fb
direct member blocks             ok   yb   yb   yb   fb   yb   yb   ok   na   yb   yb   nf   nf   fb   fb   fb   fb   fb
direct member blocked blocks     ok   cm   cm   cm   fb   cm   cm   ok   na   cm   cm   nf   nf   fb   fb   fb   fb   fb
direct member site blocked       ok   cm   cm   cm   fb   cm   cm   ok   na   cm   cm   nf   nf   fb   fb   fb   fb   ok
public                           nm   nm   nm   nm   nm   nm   nm   nm   nm   nm   nm   ok   ok   nm   nm   nm   nm   fb
public members_invite            nm   nm   nm   nm   nm   nm   nm   nm   nm   nm   nm   ok   ok   nm   nm   nm   nm   fb
public banned                    ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   ba   fb
public banned_for_good           bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   bg   fb
public site                      nm   nm   nm   nm   nm   nm   nm   ok   ok   nm   nm   ok   ok   nm   ok   ok   ok   ok
public site banned               ba   ba   ba   ba   ba   ba   ba   ok   ok   ba   ba   ba   ba   ba   ok   ok   ok   ok
public member                    ok   ok   ok   ok   fb   ok   na   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
public admin                     ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   fb
public member site               ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
private                          nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   ok   nf   nf   nf   nf   fb
private members_invite           nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   ok   nf   nf   nf   nf   fb
private banned                   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   nf   ba   nf   nf   nf   nf   fb
private site                     nf   nf   nf   nf   nf   nf   nf   ok   ok   nf   nf   ok   ok   nf   ok   ok   ok   ok
private site banned              nf   nf   nf   nf   nf   nf   nf   ok   ok   nf   nf   ba   ba   nf   ok   ok   ok   ok
private member                   ok   ok   ok   ok   fb   ok   na   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
private admin                    ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   fb
private member site              ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
public member admins_post        ok   ap   ap   ap   fb   ap   ap   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
public admin admins_post         ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   fb
public member site admins_post   ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
public member replies            ok   ro   ok   ok   fb   ok   na   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
public admin replies             ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   fb
public member site replies       ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
private member slow              ok   sl   sl   ok   fb   ok   na   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
private admin slow               ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   fb
private member site slow         ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok
private member replies slow      ok   ro   sl   ok   fb   ok   na   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
private member admins_post slow  ok   ap   ap   ap   fb   ap   ap   ok   fb   ok   fb   ok   ok   ok   fb   fb   fb   fb
private member members_invite    ok   ok   ok   ok   fb   ok   na   ok   fb   ok   fb   ok   ok   ok   fb   ok   fb   fb
private admin members_invite     ok   ok   ok   ok   ok   ok   na   ok   ok   ok   ok   ok   ok   ok   ok   ok   ok   fb
";

/// The standing that these words describe.
fn standing<'w>(words: impl Iterator<Item = &'w str>) -> Standing {
    let mut who = STRANGER;
    for word in words {
        match word {
            "nowhere" => {}
            "direct" => who.kind = Some(ThreadType::Direct),
            "public" => who.kind = Some(ThreadType::PublicRoom),
            "private" => who.kind = Some(ThreadType::PrivateRoom),
            "member" => who.role = Some(Role::Member),
            "admin" => who.role = Some(Role::Admin),
            "site" => who.is_site_admin = true,
            "banned" => who.banned_until = Some(UNTIL),
            "banned_for_good" => who.banned_until = Some(Millis::MAX),
            "blocked" => who.is_blocked = true,
            "blocks" => who.blocks = true,
            "admins_post" => who.posting = Posting::Admins,
            "replies" => who.posting = Posting::Replies,
            "members_invite" => who.inviting = Inviting::Members,
            "slow" => (who.slow_ms, who.slow_left_ms) = (1_000, LEFT_MS),
            other => panic!("{other}"),
        }
    }
    who
}

/// The rows of [`TABLE`]: the words, the standing, the expected answers.
fn rows() -> impl Iterator<Item = (String, Standing, Vec<&'static str>)> {
    TABLE.trim().lines().skip(1).map(|line| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let expected = words.split_off(words.len() - RULES.len());
        (words.join(" "), standing(words.into_iter()), expected)
    })
}

#[test]
fn every_rule_answers_every_standing_as_the_table_says() {
    for (name, who, expected) in rows() {
        for ((rule, ask), expected) in RULES.into_iter().zip(expected) {
            assert_eq!(short(&ask(&who)), expected, "{rule}: {name}");
        }
    }
}

#[test]
fn a_suspended_account_may_do_nothing_whatever_else_it_is() {
    for (name, who, _) in rows() {
        let suspended = Standing {
            is_suspended: true,
            ..who
        };
        for (rule, ask) in RULES {
            // A room that they could not have found is not there for them now either.
            let expected = match rule {
                "may_manage_site" => "fb",
                "may_join" if short(&ask(&who)) == "nf" => "nf",
                _ => "su",
            };
            assert_eq!(short(&ask(&suspended)), expected, "{rule}: {name}");
        }
    }
}

#[test]
fn room_admins_are_safe_from_each_other_and_site_admins_from_all() {
    let inside = |role, is_site_admin| Standing {
        kind: Some(ThreadType::PublicRoom),
        role: Some(role),
        is_site_admin,
        ..STRANGER
    };
    let (member, admin) = (inside(Role::Member, false), inside(Role::Admin, false));
    let (site, site_outside) = (
        inside(Role::Member, true),
        Standing {
            role: None,
            ..inside(Role::Member, true)
        },
    );
    let gone = Standing {
        role: None,
        ..member
    };
    for (actor, subject, expected) in [
        (admin, member, "ok"),
        (admin, gone, "ok"),
        (admin, admin, "fb"),
        (admin, site, "fb"),
        (admin, site_outside, "fb"),
        (site, member, "ok"),
        (site, admin, "ok"),
        (site, site, "fb"),
        (site_outside, admin, "ok"),
        (site_outside, site, "fb"),
        (member, member, "fb"),
        (member, gone, "fb"),
        (gone, member, "nm"),
    ] {
        let verdict = may_remove(&actor, Some(&subject));
        assert_eq!(short(&verdict), expected, "{actor:?} {subject:?}");
    }
}

#[test]
fn only_who_hears_of_a_thread_may_tell_that_they_type() {
    assert_eq!(may_type(true), Ok(()));
    assert_eq!(may_type(false), Err(Refusal::NotFound));
}

#[test]
fn a_room_is_made_by_whom_the_site_lets() {
    let site = |rooms| Site {
        rooms,
        ..Site::default()
    };
    let (everyone, admins) = (site(RoomMaking::Everyone), site(RoomMaking::Admins));
    let admin = standing("nowhere site".split(' '));
    let suspended = |who| Standing {
        is_suspended: true,
        ..who
    };
    for (who, of_everyone, of_admins) in [
        (STRANGER, "ok", "fb"),
        (admin, "ok", "ok"),
        (suspended(STRANGER), "su", "su"),
        (suspended(admin), "su", "su"),
    ] {
        assert_eq!(short(&may_create_room(&who, &everyone)), of_everyone);
        assert_eq!(short(&may_create_room(&who, &admins)), of_admins);
    }
}

#[test]
fn one_writes_first_to_whom_the_site_and_their_blocks_let() {
    let known = |shares_room, is_blocked, blocks| Acquaintance {
        is_self: false,
        shares_room,
        is_blocked,
        blocks,
    };
    let admin = standing("nowhere site".split(' '));
    for (who, known, [to_everyone, to_roommates, by_admins]) in [
        (STRANGER, known(false, false, false), ["ok", "cm", "cm"]),
        (STRANGER, known(true, false, false), ["ok", "ok", "cm"]),
        (STRANGER, known(true, true, false), ["cm", "cm", "cm"]),
        (STRANGER, known(true, false, true), ["yb", "yb", "yb"]),
        (STRANGER, known(true, true, true), ["cm", "cm", "cm"]),
        (admin, known(false, false, false), ["ok", "ok", "ok"]),
        (admin, known(false, true, false), ["cm", "cm", "cm"]),
        (admin, known(false, false, true), ["yb", "yb", "yb"]),
    ] {
        for (writing, expected) in [
            (WritingFirst::Everyone, to_everyone),
            (WritingFirst::Roommates, to_roommates),
            (WritingFirst::Admins, by_admins),
        ] {
            let site = Site {
                writing,
                ..Site::default()
            };
            let verdict = may_write_first(&who, &site, &known);
            assert_eq!(short(&verdict), expected, "{writing:?} {known:?}");
            let suspended = Standing {
                is_suspended: true,
                ..who
            };
            assert_eq!(
                may_write_first(&suspended, &site, &known),
                Err(Refusal::Suspended)
            );
        }
    }
}

#[test]
fn every_public_rule_has_a_test() {
    let source = include_str!("../policy.rs");
    let tests = include_str!("tests.rs");
    let rules = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next());
    let rules: Vec<&str> = rules.collect();
    assert!(rules.len() >= 18, "{rules:?}");
    for rule in rules {
        assert!(tests.contains(&format!("{rule}(")), "{rule} has no test");
    }
}
