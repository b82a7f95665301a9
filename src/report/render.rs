//! A diagnostic as text for people.

use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::report::diagnostic::Diagnostic;
use crate::text::mask::mask;

/// Draws an error: the sentence with its code, the place with a caret, what the server adds, facts, the next moves.
pub(super) fn diagnostic(diagnostic: &Diagnostic, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Unicode);
    let sqlstate = diagnostic.server.as_ref().and_then(|server| server.sqlstate.as_deref());
    let title = match sqlstate {
        Some(state) => format!("{} ({state})", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let source;
    let mut group = Group::with_title(Level::ERROR.primary_title(title).id(diagnostic.code));
    if let Some(place) = &diagnostic.place {
        if place.source.is_empty() {
            group = group.element(annotate_snippets::Origin::path(&place.file));
        } else {
            source = mask(&place.source);
            // A statement of many lines is marked where it begins.
            let end = source[place.span.clone()].find('\n').map_or(place.span.end, |at| place.span.start + at);
            let span = place.span.start..end.max(place.span.start);
            group = group
                .element(Snippet::source(&source).path(&place.file).annotation(AnnotationKind::Primary.span(span)));
        }
    }
    let mut text = renderer.render(&[group]).trim_end().to_owned();
    let mut line = |label: &str, content: &str| {
        let (on, off) = if color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        // Writing to a String cannot fail.
        write!(text, "\n{on}{label}{off}: {}", indent(content, label.len() + 2)).ok();
    };
    for cause in &diagnostic.causes {
        line("cause", cause);
    }
    if let Some(server) = &diagnostic.server {
        let parts = [("detail", &server.detail), ("hint", &server.hint), ("context", &server.context)];
        for (label, part) in parts {
            if let Some(part) = part {
                line(label, part);
            }
        }
    }
    for note in &diagnostic.notes {
        line("note", note);
    }
    for help in &diagnostic.help {
        line("help", help);
    }
    text
}

fn indent(text: &str, by: usize) -> String {
    text.lines().collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(by)))
}

#[cfg(test)]
mod tests {
    use super::diagnostic;
    use crate::report::diagnostic::{Diagnostic, Exit, Place, ServerReport};

    #[test]
    fn shows_the_place_and_the_next_move() {
        let source = "-- x\n\nselect * from nöwhere;\n";
        let mut error = Diagnostic::new("sql", Exit::Failed, "relation \"nöwhere\" does not exist")
            .at(Place { file: "m/a.sql".into(), source: source.into(), span: 20..28 })
            .help("correct the file");
        error.server = Some(Box::new(ServerReport { sqlstate: Some("42P01".into()), ..ServerReport::default() }));
        let text = diagnostic(&error, false);
        assert_eq!(
            text,
            "error[sql]: relation \"nöwhere\" does not exist (42P01)\n  ╭▸ m/a.sql:3:15\n  │\n3 │ select * from nöwhere;\n  ╰╴              ━━━━━━━\nhelp: correct the file"
        );
    }

    #[test]
    fn a_password_in_the_excerpt_is_hidden() {
        let source = "create role a password 'geheim' nonsense;";
        let error = Diagnostic::new("sql", Exit::Failed, "x")
            .at(Place { file: "a.sql".into(), source: source.into(), span: 32..40 })
            .help("y");
        assert!(!diagnostic(&error, false).contains("geheim"));
        assert!(diagnostic(&error, false).contains("password '******' nonsense"));
    }
}
