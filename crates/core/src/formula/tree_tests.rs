use super::*;
use proptest::prelude::*;

/// A formula as a tree, evaluated directly.
#[derive(Clone, Debug)]
enum Tree {
    Number(f64),
    Name(usize),
    Negative(Box<Tree>),
    Sine(Box<Tree>),
    Pair(char, Box<Tree>, Box<Tree>),
}

impl Tree {
    fn value(&self, names: &[f64]) -> f64 {
        match self {
            Tree::Number(number) => *number,
            Tree::Name(index) => names[*index],
            Tree::Negative(a) => -a.value(names),
            Tree::Sine(a) => a.value(names).sin(),
            Tree::Pair(operator, a, b) => {
                let (a, b) = (a.value(names), b.value(names));
                match operator {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => a.powf(b),
                }
            }
        }
    }

    /// How strongly the outermost operator binds: sum 1, product 2, sign 3, power 4, closed 5.
    fn strength(&self) -> u8 {
        match self {
            Tree::Pair('+' | '-', ..) => 1,
            Tree::Pair('*' | '/', ..) => 2,
            Tree::Negative(_) => 3,
            Tree::Pair(..) => 4,
            _ => 5,
        }
    }

    /// Text with only the parentheses that the grammar of mathematics requires.
    fn text(&self) -> String {
        let closed = |tree: &Tree, least: u8| {
            if tree.strength() < least { format!("({})", tree.text()) } else { tree.text() }
        };
        match self {
            Tree::Number(number) => format!("{number:?}"),
            Tree::Name(index) => ["x", "y"][*index].to_owned(),
            Tree::Negative(a) => format!("-{}", closed(a, 3)),
            Tree::Sine(a) => format!("sin( {} )", a.text()),
            Tree::Pair('^', a, b) => format!("{}^{}", closed(a, 5), closed(b, 3)),
            Tree::Pair(operator, a, b) => {
                let own = self.strength();
                format!("{} {operator} {}", closed(a, own), closed(b, own + 1))
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![(0.0..100.0f64).prop_map(Tree::Number), (0usize..2).prop_map(Tree::Name)];
    leaf.prop_recursive(6, 40, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| Tree::Negative(Box::new(a))),
            inner.clone().prop_map(|a| Tree::Sine(Box::new(a))),
            (prop::sample::select(vec!['+', '-', '*', '/', '^']), inner.clone(), inner)
                .prop_map(|(operator, a, b)| Tree::Pair(operator, Box::new(a), Box::new(b))),
        ]
    })
}

proptest! {
    #[test]
    fn minimal_parentheses_mean_the_same_tree(tree in tree(), x in -3.0..3.0f64, y in -3.0..3.0f64) {
        let text = tree.text();
        let formula = Formula::parse(&text, &["x", "y"]).unwrap();
        let (found, expected) = (formula.eval(&[x, y]), tree.value(&[x, y]));
        prop_assert_eq!(found.is_nan(), expected.is_nan(), "{}", text);
        if !expected.is_nan() {
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused_on_character_boundaries(text in "[0-9a-z.+*/^(), éπ-]{0,40}") {
        if let Err(error) = Formula::parse(&text, &["x"]) {
            prop_assert!(text.get(error.span()).is_some());
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
