//! Places in a text: bytes, characters, lines and columns.

/// Returns line and column, both from 1, of a byte offset. The column counts characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor(text, offset)];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// Returns the byte offset of the character with this number, counted from 1 as PostgreSQL counts error positions
/// (PostgreSQL manual 53.8, field `P`). A number past the end gives the end.
pub(crate) fn byte_offset(text: &str, character: usize) -> usize {
    text.char_indices().nth(character.saturating_sub(1)).map_or(text.len(), |(offset, _)| offset)
}

/// Returns the bytes of the word (or single character) that begins at this offset: what a caret marks.
pub(crate) fn word_at(text: &str, offset: usize) -> std::ops::Range<usize> {
    let start = floor(text, offset);
    let mut length = 0;
    for c in text[start..].chars() {
        // PostgreSQL takes every character beyond ASCII as part of a name (manual 4.1.1).
        if c.is_alphanumeric() || c == '_' || !c.is_ascii() {
            length += c.len_utf8();
        } else {
            if length == 0 && c != '\n' {
                length = c.len_utf8();
            }
            break;
        }
    }
    start..start + length
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::{byte_offset, line_and_column, word_at};

    #[test]
    fn characters_are_not_bytes() {
        let text = "sélect\n 'ä' x";
        assert_eq!(line_and_column(text, text.find('x').unwrap()), (2, 6));
        assert_eq!(&text[byte_offset(text, 13)..], "x");
        assert_eq!(byte_offset(text, 99), text.len());
        assert_eq!(&text[word_at(text, 0)], "sélect");
        assert_eq!(word_at("ä€ß, x", 0), 0..7);
        assert_eq!(line_and_column(text, 999), (2, 7));
    }
}
