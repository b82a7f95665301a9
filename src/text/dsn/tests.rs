use percent_encoding::utf8_percent_encode;
use proptest::prelude::*;

use crate::text::dsn::{COMPONENT, Dsn, DsnFault, Part, conceal, masked};
use crate::text::secret::Secret;

fn shown(text: &str) -> String {
    Dsn::parse(text).unwrap().to_string()
}

#[test]
fn reads_the_forms_that_people_write() {
    for (text, canonical) in [
        ("postgres://me:pw@db.example:5433/app", "postgresql://me:***@db.example:5433/app"),
        ("postgresql+asyncpg://me:pw@h/app?ssl=require", "postgresql://me:***@h/app?sslmode=require"),
        ("postgresql+psycopg2://me@/app?host=/run/pg&port=5433", "postgresql://me@/app?host=/run/pg&port=5433"),
        ("postgresql://me@%2Frun%2Fpg/app", "postgresql://me@/app?host=/run/pg"),
        ("postgresql://h/app?host=h", "postgresql://h/app"),
        (
            "jdbc:postgresql://h:5433/app?user=me&password=p&currentSchema=s&prepareThreshold=0",
            "postgresql://me:***@h:5433/app?schema=s",
        ),
        ("jdbc:postgresql:app", "postgresql:///app"),
        ("postgres://me:p@h/app?schema=s&connection_limit=5", "postgresql://me:***@h/app?schema=s"),
        (
            "postgres://a:1,b:2/app?target_session_attrs=primary",
            "postgresql://a:1,b:2/app?target_session_attrs=primary",
        ),
        ("postgres://a,b/app?port=6000", "postgresql://a:6000,b:6000/app"),
        ("postgresql+psycopg://me@/app?host=a:1&host=b:2", "postgresql://me@a:1,b:2/app"),
        ("postgres://[::1]:5433/app", "postgresql://[::1]:5433/app"),
        ("postgres://:5433/app", "postgresql://:5433/app"),
        ("postgresql://", "postgresql://"),
        ("host=/tmp dbname='my db' user = me password='it\\'s'", "postgresql://me:***@/my%20db?host=/tmp"),
        ("host=h sslpassword=hush", "postgresql://h?sslpassword=***"),
        ("postgres://h/app?user=me@corp", "postgresql://me%40corp@h/app"),
    ] {
        assert_eq!(shown(text), canonical, "{text}");
    }
    let keyword = Dsn::parse("user=me password='it\\'s' port=1,2 host=a,b").unwrap();
    assert_eq!(keyword.password, Some(Secret::new("it's")));
    assert_eq!(keyword.hosts, [("a".to_owned(), Some(1)), ("b".to_owned(), Some(2))]);
}

#[test]
fn points_at_the_character_that_must_be_encoded_and_hides_the_password() {
    for (text, character, at, encoded) in [
        ("postgres://me:geh@eim@h/app", '@', 17, "postgres://me:***%40***@h/app"),
        ("postgres://me:geh#eim@h/app", '#', 17, "postgres://me:***%23***@h/app"),
        ("postgres://me:geh/eim@h/app", '/', 17, "postgres://me:***%2F***@h/app"),
        ("postgres://me:123/eim@h/app", '/', 17, "postgres://me:***%2F***@h/app"),
        ("postgres://me:geh?eim@h/app", '?', 17, "postgres://me:***%3F***@h/app"),
        ("postgres://me:geh@e/im@h/app", '@', 17, "postgres://me:***%40***%2F***@h/app"),
        ("postgres://me:geh@e?im@h/app", '@', 17, "postgres://me:***%40***%3F***@h/app"),
    ] {
        let error = Dsn::parse(text).unwrap_err();
        let fault = DsnFault::Unencoded { character, part: Part::Password };
        // Of `@` and `?` either may be named, both are shown encoded.
        if !matches!(error.fault, DsnFault::Unencoded { character: '?', .. }) {
            assert_eq!((&error.fault, error.position), (&fault, at), "{text}");
        }
        assert_eq!(error.masked, encoded, "{text}");
        assert!(!format!("{error} {error:?}").contains("eim"), "{text}");
    }
}

#[test]
fn refuses_what_is_wrong_without_showing_the_password() {
    let fault = |text: &str| {
        let error = Dsn::parse(text).unwrap_err();
        for leak in [error.to_string(), format!("{error:?}"), masked(text), conceal(text)] {
            assert!(!leak.contains("geheim"), "{text}: {leak}");
        }
        (error.fault, error.position)
    };
    assert_eq!(fault("postgres://me:geheim@h:70000/app"), (DsnFault::Port, 23));
    assert_eq!(fault("postgres://me:geheim"), (DsnFault::Port, 14));
    assert_eq!(fault("postgres://me:geheim/app"), (DsnFault::Port, 14));
    assert_eq!(fault("postgres://me:100%geheim@h/app"), (DsnFault::Percent, 17));
    assert_eq!(fault("postgres://me:geheim@h/a%00"), (DsnFault::Nul, 24));
    assert_eq!(fault("postgres://me:geheim@h/a%ff"), (DsnFault::Percent, 24));
    assert_eq!(fault("mysql://me:geheim@h/app").0, DsnFault::Scheme);
    assert_eq!(fault("me:geheim@h/app").0, DsnFault::Scheme);
    assert_eq!(fault("postgres:/me:geheim@h").0, DsnFault::Scheme);
    assert_eq!(fault("").0, DsnFault::Empty);
    assert_eq!(fault("postgres://[::1/app"), (DsnFault::Bracket, 11));
    assert_eq!(fault("postgres://a,b,c/app?port=1,2").0, DsnFault::PortCount { hosts: 3, ports: 2 });
    assert_eq!(fault("postgres://h/app?host=other").0, DsnFault::Twice { name: "host" });
    assert_eq!(fault("postgres://h/app#x").0, DsnFault::Unencoded { character: '#', part: Part::Url });
    assert_eq!(
        fault("postgres://h/app?sslmod=require").0,
        DsnFault::UnknownParameter { name: "sslmod".to_owned(), near: Some("sslmode") }
    );
    let hidden = DsnFault::UnknownParameter { name: "***".to_owned(), near: None };
    assert_eq!(fault("postgres://h/app?user=a&password=x&geheim=1").0, hidden);
    assert_eq!(fault("host=h password='geheim user=x").0, DsnFault::Quote);
    assert_eq!(fault("host=h password=x geheim").0, DsnFault::NoValue);
}

#[test]
fn debug_hides_the_password() {
    let dsn = Dsn::parse("postgres://me:geheim@h/app?sslpassword=geheim").unwrap();
    assert_eq!(format!("{dsn:?}"), "Dsn(postgresql://me:***@h/app?sslpassword=***)");
}

#[test]
fn conceals_at_the_same_length() {
    let text = "url = \"postgres://me:geheim@h/a\"\nname = \"x\"\npassword = \"geheim\"\n";
    let hidden = conceal(text);
    assert_eq!(hidden.len(), text.len());
    assert!(!hidden.contains("geheim") && hidden.contains("name = \"x\""));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn encoded_parts_come_back(user in "[^\0]{1,9}", password in "[^\0]{1,12}", dbname in "[^\0]{1,9}", port in 1u16..) {
        let encode = |text: &str| utf8_percent_encode(text, COMPONENT).to_string();
        let url = format!("postgres://{}:{}@h:{port}/{}", encode(&user), encode(&password), encode(&dbname));
        let dsn = Dsn::parse(&url).unwrap();
        prop_assert_eq!(dsn.password.as_ref().map(|secret| secret.expose().to_owned()), Some(password));
        prop_assert_eq!((dsn.user.clone(), dsn.dbname.clone()), (Some(user), Some(dbname)));
        let shown = Dsn { password: Some(Secret::new("***")), ..dsn.clone() };
        prop_assert_eq!(Dsn::parse(&dsn.to_string()).unwrap(), shown);
    }

    #[test]
    fn nothing_panics_or_shows_the_password(before in "[a-z@:/?#%=&\\[\\]]{0,12}", after in "[a-z@:/?#%=&,]{0,12}") {
        let password = format!("{before}GEHEIM{after}");
        for text in [
            format!("postgres://me:{password}@h/app"), format!("me:{password}@h"), format!("postgres:/me:{password}@h"),
            format!("postgres://h/app?user=me&password={password}"), format!("host=h password={password}"),
        ] {
            if let Err(error) = Dsn::parse(&text) {
                prop_assert!(!format!("{error} {error:?}").contains("GEHEIM"), "{} {}", text, error);
            }
        }
    }
}
