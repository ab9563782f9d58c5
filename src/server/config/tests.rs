//! The guarantees of the settings: the shipped file is correct, and mistakes are named.

use super::*;

fn tables(text: &str, variables: &[(&str, &str)]) -> anyhow::Result<Tables> {
    let variables = variables
        .iter()
        .map(|&(name, value)| (name.into(), value.into()));
    read_tables(text, variables)?.checked()
}

fn error(text: &str, variables: &[(&str, &str)]) -> String {
    format!("{:#}", tables(text, variables).expect_err("refused"))
}

/// The names of all settings in a text, as `table.name`.
fn names(text: &str) -> Vec<String> {
    let whole: serde_json::Value = config::Config::builder()
        .add_source(File::from_str(text, FileFormat::Toml))
        .build()
        .and_then(config::Config::try_deserialize)
        .expect("toml");
    named("", &whole["chapp"])
}

fn named(path: &str, value: &serde_json::Value) -> Vec<String> {
    match value.as_object() {
        None => vec![path.to_owned()],
        Some(table) => table
            .iter()
            .flat_map(|(name, it)| named(format!("{path}.{name}").trim_start_matches('.'), it))
            .collect(),
    }
}

#[test]
fn the_shipped_file_contains_the_defaults() {
    assert_eq!(tables(SHIPPED, &[]).expect("valid"), Tables::default());
}

#[test]
fn the_shipped_file_has_every_setting() {
    // Debug prints each field once as `name:`; those with a lower-case table around them are settings.
    let shipped = names(SHIPPED);
    let printed = format!("{:#?}", Tables::default());
    let settings: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("        ") && line.contains(": ") && !line.ends_with('{'))
        .filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name))
        .collect();
    assert_eq!(
        settings.len(),
        shipped.len(),
        "{settings:?} and {shipped:?}"
    );
    for setting in settings {
        assert!(
            shipped
                .iter()
                .any(|name| name.ends_with(&format!(".{setting}"))),
            "{setting}"
        );
    }
}

#[test]
fn leptos_reads_its_own_table_in_the_same_file() {
    let config = Config::read(SHIPPED, []).expect("valid");
    assert_eq!(&*config.leptos.output_name, "chapp");
    assert_eq!(&*config.leptos.site_pkg_dir, "pkg");
    assert_eq!(&*config.leptos.hash_file, "hash.txt");
    let other = SHIPPED.replace("127.0.0.1:3000", "127.0.0.1:4242");
    if std::env::var_os("LEPTOS_SITE_ADDR").is_none() {
        let config = Config::read(&other, []).expect("valid");
        assert_eq!(config.leptos.site_addr.port(), 4242);
    }
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = Config::read("", []).expect("valid");
    assert_eq!(config.store, StoreConfig::default());
    assert_eq!(&*config.leptos.output_name, "chapp");
}

#[test]
fn every_setting_can_be_given_by_a_variable() {
    let values = [
        ("server.public_url", "https://a.example"),
        ("server.behind_proxy", "true"),
        ("server.proxy_hops", "2"),
        ("server.connections", "777"),
        ("server.connections_per_address", "77"),
        ("server.security_contact", "mailto:a@example.org"),
        ("server.log_format", "json"),
        ("server.metrics_listen", "127.0.0.1:9464"),
        ("server.shutdown_seconds", "7"),
        ("server.setup_token", "off"),
        ("store.url", "postgres://x"),
        ("store.min_free_percent", "17"),
        ("bus.url", "redis://x"),
        ("sessions.idle_days", "3"),
        ("sessions.absolute_days", "33"),
        ("passwords.memory_kib", "20000"),
        ("passwords.iterations", "3"),
        ("passwords.parallel_hashes", "4"),
        ("passwords.waiting", "5"),
        ("rooms.lobby", "hall"),
        ("files.folder", "/f"),
        ("files.s3_bucket", "b"),
        ("files.s3_endpoint", "https://s3.example.org"),
        ("files.s3_region", "r"),
        ("files.s3_access_key", "a"),
        ("files.s3_secret_key", "s"),
        ("files.clamd", "127.0.0.1:3310"),
        ("files.max_size_mb", "41"),
        ("files.max_per_message", "42"),
        ("files.quota_per_person_mb", "43"),
        ("files.quota_mb", "44"),
        ("files.unused_hours", "45"),
        ("push.enabled", "false"),
        ("push.services", "push.example.org"),
        ("limits.max_connections", "6"),
        ("limits.connections_per_person", "9"),
        ("limits.connections_per_address", "91"),
        ("limits.frames_per_second", "77"),
        ("limits.outbox_frames", "17"),
        ("limits.outbox_bytes", "70000"),
        ("limits.write_queue", "18"),
        ("limits.per_person.enabled", "false"),
        ("limits.per_person.sends", "1/7s"),
        ("limits.per_person.bytes", "2/7s"),
        ("limits.per_person.edits", "3/7s"),
        ("limits.per_person.reactions", "4/7s"),
        ("limits.per_person.deletes", "5/7s"),
        ("limits.per_person.keeps", "6/7s"),
        ("limits.per_person.joins", "7/7s"),
        ("limits.per_person.leaves", "20/7s"),
        ("limits.per_person.rooms", "8/7s"),
        ("limits.per_person.directs", "9/7s"),
        ("limits.per_person.invites", "10/7s"),
        ("limits.per_person.moderation", "11/7s"),
        ("limits.per_person.room_changes", "12/7s"),
        ("limits.per_person.account", "13/7s"),
        ("limits.per_person.mutes", "14/7s"),
        ("limits.per_person.reads", "15/7s"),
        ("limits.per_person.typing", "16/7s"),
        ("limits.per_person.searches", "17/7s"),
        ("limits.per_person.fetches", "18/7s"),
        ("limits.per_person.uploads", "21/7s"),
        ("limits.per_person.upload_parts", "22/7s"),
        ("limits.per_person.downloads", "23/7s"),
        ("limits.per_person.connects", "0"),
        ("limits.per_person.administration", "19/7s"),
    ];
    let mut named: Vec<_> = values.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut shipped = names(SHIPPED);
    named.sort();
    shipped.sort();
    assert_eq!(named, shipped);
    for (name, value) in values {
        let variable = format!("CHAPP_{}", name.to_uppercase().replace('.', "__"));
        // A bus needs a database for several nodes.
        let others = [("DATABASE_URL", "postgres://x")];
        let others = &others[..usize::from(name == "bus.url")];
        let read = tables(SHIPPED, &[others, &[(&variable, value)]].concat()).expect(name);
        assert_ne!(read, Tables::default(), "{variable}");
        assert!(
            format!("{read:?}").to_lowercase().contains(value),
            "{variable}: {read:?}"
        );
    }
}

#[test]
fn the_usual_variable_for_a_database_is_known_and_chapps_own_wins() {
    let usual = ("DATABASE_URL", "postgres://one");
    let own = ("CHAPP_STORE__URL", "sqlite:other");
    let url = |variables: &[_]| tables("", variables).expect("valid").store.url;
    assert_eq!(url(&[usual]), "postgres://one");
    assert_eq!(url(&[usual, own]), "sqlite:other");
    assert_eq!(url(&[own, usual]), "sqlite:other");
}

#[test]
fn a_bus_is_for_several_nodes_and_has_an_address_of_its_own_kind() {
    let store = ("DATABASE_URL", "postgres://one");
    let bus = ("BUS_URL", "redis://:secret@host");
    let read = tables("", &[store, bus]).expect("valid");
    assert_eq!(read.bus.url, "redis://:secret@host");
    assert!(error("", &[bus]).contains("store.url names a SQLite file"));
    for wrong in ["http://:secret@host", "redis://:secret@host:port", "host"] {
        let message = error("", &[store, ("BUS_URL", wrong)]);
        assert!(
            message.contains("bus.url") && !message.contains("secret"),
            "{message}"
        );
    }
}

#[test]
fn a_wrong_address_of_a_database_is_not_repeated_since_it_may_hold_a_password() {
    let message = error("", &[("DATABASE_URL", "mysql://chapp:secret@host/chapp")]);
    assert!(message.contains("store.url") && message.contains("postgres:"));
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn the_variables_of_the_tools_are_left_alone() {
    let variables = [
        ("CHAPP_CACHE", "/c"),
        ("CHAPP_CONFIG", "x.toml"),
        ("PATH", "/bin"),
    ];
    assert_eq!(tables("", &variables).expect("valid"), Tables::default());
}

#[test]
fn an_unknown_setting_is_an_error_that_names_it() {
    assert!(error("[chapp.store]\nurll = 'x'", &[]).contains("urll"));
    assert!(error("[chapp.shop]\nurl = 'x'", &[]).contains("shop"));
    assert!(error("[chap.store]\nurl = 'x'", &[]).contains("chap"));
    assert!(error("", &[("CHAPP_STORE__URLL", "x")]).contains("urll"));
    assert!(error("[package.metadata.leptos]\nsite-adr = 'x'", &[]).contains("site-adr"));
}

#[test]
fn a_variable_with_one_underscore_too_few_is_not_overlooked() {
    assert!(error("", &[("CHAPP_STORE_URL", "x")]).contains("CHAPP_STORE__URL"));
}

#[test]
fn a_value_of_a_wrong_type_or_out_of_range_is_an_error_that_names_the_setting() {
    for (name, value) in [
        ("server.metrics_listen", "9464"),
        ("server.shutdown_seconds", "0"),
        ("server.setup_token", "short"),
        ("sessions.idle_days", "0"),
        ("sessions.idle_days", "-1"),
        ("sessions.absolute_days", "29"),
        ("passwords.memory_kib", "64"),
        ("passwords.iterations", "1"),
        ("passwords.iterations", "many"),
        ("passwords.parallel_hashes", "0"),
        ("limits.outbox_bytes", "1"),
        ("limits.connections_per_person", "10001"),
        ("limits.frames_per_second", "49"),
        ("limits.per_person.sends", "60"),
        ("limits.per_person.rooms", "10/0h"),
        ("files.max_per_message", "0"),
        ("files.unused_hours", "9000"),
        ("server.log_format", "xml"),
        ("server.behind_proxy", "perhaps"),
        ("store.url", "mysql://x"),
        ("store.min_free_percent", "101"),
        ("server.public_url", "chat.example.org"),
        ("server.public_url", "ftp://chat.example.org"),
        ("server.public_url", "https://a.example/chat"),
    ] {
        let variable = format!("CHAPP_{}", name.to_uppercase().replace('.', "__"));
        let message = error("", &[(&variable, value)]);
        assert!(message.contains(name), "{name} = {value}: {message}");
    }
}

#[test]
fn the_public_address_becomes_what_browsers_send_as_origin() {
    for (given, origin) in [
        ("https://Chat.Example.org/", "https://chat.example.org"),
        ("https://chat.example.org:443", "https://chat.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ] {
        let read = tables("", &[("CHAPP_SERVER__PUBLIC_URL", given)]).expect(given);
        assert_eq!(read.server.origin(), Some(origin));
        assert_eq!(read.server.is_https(), origin.starts_with("https"));
    }
    assert_eq!(tables("", &[]).expect("valid").server.origin(), None);
}

#[test]
fn a_named_file_that_is_not_there_is_an_error() {
    let message = format!(
        "{:#}",
        Config::load(Some(Path::new("/no/such.toml"))).expect_err("gone")
    );
    assert!(message.contains("/no/such.toml"), "{message}");
}
