use crate::bootstrap::facts::{Database, Extension, Objects, Offered, Privileges, Role, Schema, Server};
use crate::bootstrap::step::{Object, Status, Step, Why};
use crate::bootstrap::wanted::{
    Attribute, DatabaseWanted, DefaultPrivilegesWanted, ExtensionWanted, GrantWanted, On, Parameter, Password,
    RoleWanted, SchemaWanted, Wanted,
};
use crate::bootstrap::{DatabaseFacts, ServerFacts, inside, outside};
use crate::text::secret::Secret;

const ODD: &str = "we\"ird Näme";

fn administrator(version: u32) -> Server {
    Server { role: "admin".into(), createrole: true, createdb: true, version, ..Server::default() }
}

fn facts(server: Server) -> ServerFacts {
    ServerFacts { server, ..ServerFacts::default() }
}

fn extension(name: &str, optional: bool) -> ExtensionWanted {
    ExtensionWanted { name: name.into(), version: None, schema: None, cascade: false, optional }
}

fn grant(on: On, privileges: &[&str], schemas: &[&str], to: &[&str]) -> GrantWanted {
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    GrantWanted { privileges: texts(privileges), on, schemas: texts(schemas), to: texts(to), grantable: false }
}

fn shown(steps: &[Step]) -> Vec<(Status, Option<String>)> {
    steps.iter().map(|step| (step.status, step.shown_sql())).collect()
}

fn sql(steps: &[Step]) -> Vec<String> {
    steps.iter().filter_map(Step::shown_sql).collect()
}

#[test]
fn a_role_is_made_with_its_password_hidden_and_never_gets_it_again() {
    let role = RoleWanted {
        name: ODD.into(),
        attributes: vec![(Attribute::Login, true), (Attribute::CreateDb, false)],
        connection_limit: Some(5),
        password: Some(Password::Known(Secret::new("geheim"))),
        member_of: vec!["readers".into()],
        parameters: vec![Parameter { name: "search_path".into(), value: "app, public".into() }],
    };
    let wanted = Wanted {
        roles: vec![role.clone()],
        database: DatabaseWanted { name: "d".into(), ..DatabaseWanted::default() },
        ..Wanted::default()
    };
    let mut there = ServerFacts { database: Some(Database::default()), ..facts(administrator(150_000)) };
    let steps = outside(&wanted, &there).unwrap();
    assert_eq!(
        sql(&steps),
        [
            "CREATE ROLE \"we\"\"ird Näme\" LOGIN NOCREATEDB CONNECTION LIMIT 5 PASSWORD '***'",
            "GRANT \"readers\" TO \"we\"\"ird Näme\"",
            "ALTER ROLE \"we\"\"ird Näme\" SET \"search_path\" TO 'app', 'public'",
        ]
    );
    assert!(!format!("{steps:?}").contains("geheim"));

    let exists = Role {
        name: ODD.into(),
        login: true,
        connection_limit: 5,
        member_of: vec!["readers".into()],
        parameters: vec!["search_path=app, public".into()],
        ..Role::default()
    };
    there.roles = vec![exists.clone()];
    assert!(outside(&wanted, &there).unwrap().iter().all(|step| step.status == Status::Exists));
    there.roles = vec![Role { login: false, createdb: true, ..exists }];
    let changed = outside(&wanted, &there).unwrap();
    assert_eq!(
        shown(&changed)[0],
        (Status::Changed, Some("ALTER ROLE \"we\"\"ird Näme\" LOGIN NOCREATEDB".to_owned()))
    );

    let missing = RoleWanted { password: Some(Password::Missing("the variable X is not set".into())), ..role };
    let wanted = Wanted { roles: vec![missing], ..wanted };
    assert!(outside(&wanted, &there).unwrap().iter().all(|step| step.status != Status::Refused), "it is not needed");
    there.roles.clear();
    assert_eq!(outside(&wanted, &there).unwrap()[0].status, Status::Refused);
}

#[test]
fn an_administrator_becomes_the_owner_first() {
    let database = DatabaseWanted {
        name: "d\"b".into(),
        owner: Some("o".into()),
        locale: Some("C".into()),
        ..DatabaseWanted::default()
    };
    let wanted = Wanted { database, ..Wanted::default() };
    let create = "CREATE DATABASE \"d\"\"b\" OWNER \"o\" TEMPLATE template0 LOCALE 'C'";
    assert_eq!(sql(&outside(&wanted, &facts(administrator(150_000))).unwrap()), ["GRANT \"o\" TO \"admin\"", create]);
    assert_eq!(
        sql(&outside(&wanted, &facts(administrator(180_000))).unwrap()),
        ["GRANT \"o\" TO \"admin\" WITH INHERIT TRUE, SET TRUE", create]
    );
    let superuser = Server { superuser: true, ..administrator(180_000) };
    assert_eq!(sql(&outside(&wanted, &facts(superuser)).unwrap()), [create]);
    let mine = Role { name: "o".into(), is_mine: true, ..Role::default() };
    let mine = ServerFacts { roles: vec![mine], ..facts(administrator(180_000)) };
    assert_eq!(sql(&outside(&wanted, &mine).unwrap()), [create]);
    let nobody = Server { createrole: false, createdb: false, ..administrator(150_000) };
    assert!(outside(&wanted, &facts(nobody)).unwrap().iter().all(|step| step.doubt.is_some()));
}

#[test]
fn a_database_that_exists_is_left_as_it_is() {
    let wanted = DatabaseWanted {
        name: "d".into(),
        owner: Some("o".into()),
        encoding: Some("utf-8".into()),
        parameters: vec![Parameter { name: "TimeZone".into(), value: "UTC".into() }],
        ..DatabaseWanted::default()
    };
    let wanted = Wanted { database: wanted, ..Wanted::default() };
    let found = Database {
        owner: "p".into(),
        encoding: "UTF8".into(),
        parameters: vec!["timezone=CET".into()],
        ..Database::default()
    };
    let there = ServerFacts { database: Some(found), ..facts(administrator(150_000)) };
    let steps = outside(&wanted, &there).unwrap();
    assert_eq!(shown(&steps)[0], (Status::Exists, None));
    assert_eq!(steps[0].line(false), "database d exists: its owner is p, not o; left as it is");
    assert_eq!(shown(&steps)[1], (Status::Changed, Some("ALTER DATABASE \"d\" SET \"TimeZone\" TO 'UTC'".into())));
}

#[test]
fn only_what_is_missing_is_created() {
    let objects = Objects {
        schemas: vec![Schema { name: "there".into(), owner: "x".into() }],
        extensions: vec![Extension { name: "vector".into(), version: "0.7".into(), schema: "public".into() }],
        offered: vec![Offered { name: "citext".into(), versions: vec!["1.6".into()], superuser: false }],
        may_create: true,
    };
    let schema = |name: &str, owner: Option<&str>| SchemaWanted { name: name.into(), owner: owner.map(str::to_owned) };
    let wanted = Wanted {
        schemas: vec![schema("there", None), schema(ODD, Some("admin")), schema("later", None)],
        extensions: vec![
            ExtensionWanted { version: Some("0.8".into()), ..extension("vector", false) },
            ExtensionWanted { schema: Some(ODD.into()), cascade: true, ..extension("citext", false) },
            ExtensionWanted { version: Some("9".into()), ..extension("citext", false) },
            extension("none", true),
            extension("none", false),
        ],
        ..Wanted::default()
    };
    let found = DatabaseFacts { objects, ..DatabaseFacts::default() };
    let steps = inside(&wanted, &["later".into()], &facts(administrator(150_000)), &found).unwrap();
    let words: Vec<(Status, Option<&str>)> = steps.iter().map(|step| (step.status, step.sql.as_deref())).collect();
    assert_eq!(
        words,
        [
            (Status::Exists, None),
            (Status::Created, Some("CREATE SCHEMA \"we\"\"ird Näme\" AUTHORIZATION \"admin\"")),
            (Status::Skipped, None),
            (Status::Exists, None),
            (Status::Created, Some("CREATE EXTENSION \"citext\" SCHEMA \"we\"\"ird Näme\" CASCADE")),
            (Status::Refused, Some("CREATE EXTENSION \"citext\" VERSION '9'")),
            (Status::Skipped, Some("CREATE EXTENSION \"none\"")),
            (Status::Refused, Some("CREATE EXTENSION \"none\"")),
        ]
    );
    assert!(matches!(&steps[3].why, Some(Why::Differs { what: "version", .. })));
}

#[test]
fn privileges_are_granted_where_one_is_missing() {
    let wanted = Wanted {
        database: DatabaseWanted { name: "d".into(), ..DatabaseWanted::default() },
        schemas: vec![SchemaWanted { name: "app".into(), owner: None }],
        grants: vec![
            grant(On::Database, &["CONNECT"], &[], &["PUBLIC"]),
            grant(On::Schema, &["ALL"], &["app", "gone", "later"], &[ODD]),
            GrantWanted { grantable: true, ..grant(On::Tables, &["SELECT", "INSERT"], &["app"], &["r"]) },
        ],
        default_privileges: vec![
            DefaultPrivilegesWanted { by: None, grant: grant(On::Tables, &["SELECT"], &["app"], &["r"]) },
            DefaultPrivilegesWanted { by: Some(ODD.into()), grant: grant(On::Types, &["USAGE"], &[], &["public"]) },
        ],
        ..Wanted::default()
    };
    let seen = |n: usize, found: bool, missing: bool| Privileges { n, found, missing };
    let found = DatabaseFacts {
        grants: vec![
            seen(0, true, false),
            seen(1, true, true),
            seen(2, false, false),
            seen(3, false, false),
            seen(4, true, true),
        ],
        defaults: vec![seen(0, true, true), seen(1, true, false)],
        ..DatabaseFacts::default()
    };
    let steps = inside(&wanted, &["later".into()], &facts(administrator(170_000)), &found).unwrap();
    let of_privileges: Vec<&Step> =
        steps.iter().filter(|step| matches!(step.object, Object::Grant | Object::DefaultPrivileges)).collect();
    let words: Vec<(Status, Option<&str>)> =
        of_privileges.iter().map(|step| (step.status, step.sql.as_deref())).collect();
    assert_eq!(
        words,
        [
            (Status::Exists, None),
            (Status::Created, Some("GRANT ALL ON SCHEMA \"app\" TO \"we\"\"ird Näme\"")),
            (Status::Refused, Some("GRANT ALL ON SCHEMA \"gone\" TO \"we\"\"ird Näme\"")),
            (Status::Skipped, None),
            (Status::Created, Some("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA \"app\" TO \"r\" WITH GRANT OPTION")),
            (
                Status::Created,
                Some("ALTER DEFAULT PRIVILEGES FOR ROLE \"admin\" IN SCHEMA \"app\" GRANT SELECT ON TABLES TO \"r\"")
            ),
            (Status::Exists, None),
        ]
    );
    assert_eq!(of_privileges[4].line(false), "grant of SELECT, INSERT on tables of app to r created");
}
