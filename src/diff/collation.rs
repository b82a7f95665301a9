//! Collations. No statement changes one: columns get the new one while the old is put aside.

use crate::catalog::object::Object;
use crate::diff::Sql;
use crate::diff::sql::name;
use crate::text::literal::Literal;

/// Creates a collation.
pub(super) fn create(object: &Object) -> Vec<Sql> {
    let mut options = vec![format!("PROVIDER = {}", object.text("provider"))];
    let mut option = |keyword: &str, value: Option<&str>| {
        options.extend(value.map(|value| format!("{keyword} = {}", Literal(value))));
    };
    let (collate, ctype) = (object.get("lc_collate"), object.get("lc_ctype"));
    if collate == ctype {
        option("LOCALE", object.get("locale").or(collate));
    } else {
        option("LOCALE", object.get("locale"));
        option("LC_COLLATE", collate);
        option("LC_CTYPE", ctype);
    }
    option("RULES", object.get("rules"));
    if !object.is("deterministic") {
        options.push("DETERMINISTIC = false".to_owned());
    }
    vec![Sql::new(format!("CREATE COLLATION {} ({})", name(&object.id), options.join(", ")))]
}

/// Drops a collation.
pub(super) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP COLLATION {}", name(&object.id)))]
}
