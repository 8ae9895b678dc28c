//! Dormand and Prince's embedded pair of order 5(4) with its continuous extension of order 4.
//!
//! Source: Dormand and Prince (1980), table 2; continuous extension as in Hairer, Norsett, Wanner, Solving Ordinary
//! Differential Equations I (1993), section II.6.

use super::embedded::Embedded;
use super::tableau::{Pair, Row, Stage, Tableau};

/// The integrator of order 5: six evaluations of the derivative per step.
pub type Dopri5 = Embedded<DormandPrince54>;

/// The coefficients of [`Dopri5`].
#[derive(Clone, Copy, Debug)]
pub struct DormandPrince54;

const WEIGHTS: Row =
    &[(0, 35.0 / 384.0), (2, 500.0 / 1113.0), (3, 125.0 / 192.0), (4, -2187.0 / 6784.0), (5, 11.0 / 84.0)];

impl Pair for DormandPrince54 {
    const TABLEAU: Tableau = Tableau {
        name: "dopri5",
        order: 5,
        dense_order: 4,
        slots: 7,
        stages: &[
            Stage { slot: 1, node: 1.0 / 5.0, row: &[(0, 1.0 / 5.0)] },
            Stage { slot: 2, node: 3.0 / 10.0, row: &[(0, 3.0 / 40.0), (1, 9.0 / 40.0)] },
            Stage { slot: 3, node: 4.0 / 5.0, row: &[(0, 44.0 / 45.0), (1, -56.0 / 15.0), (2, 32.0 / 9.0)] },
            Stage {
                slot: 4,
                node: 8.0 / 9.0,
                row: &[(0, 19372.0 / 6561.0), (1, -25360.0 / 2187.0), (2, 64448.0 / 6561.0), (3, -212.0 / 729.0)],
            },
            Stage {
                slot: 5,
                node: 1.0,
                row: &[
                    (0, 9017.0 / 3168.0),
                    (1, -355.0 / 33.0),
                    (2, 46732.0 / 5247.0),
                    (3, 49.0 / 176.0),
                    (4, -5103.0 / 18656.0),
                ],
            },
            Stage { slot: 6, node: 1.0, row: WEIGHTS },
        ],
        weights: WEIGHTS,
        end_slot: 6,
        first_same_as_last: true,
        // Fifth-order minus fourth-order weights.
        errors: &[&[
            (0, 71.0 / 57600.0),
            (2, -71.0 / 16695.0),
            (3, 71.0 / 1920.0),
            (4, -17253.0 / 339200.0),
            (5, 22.0 / 525.0),
            (6, -1.0 / 40.0),
        ]],
        // Hairer and Wanner's for this pair.
        exponent: 0.17,
        memory: 0.04,
        dense_stages: &[],
        dense: &[&[
            (0, -12715105075.0 / 11282082432.0),
            (2, 87487479700.0 / 32700410799.0),
            (3, -10690763975.0 / 1880347072.0),
            (4, 701980252875.0 / 199316789632.0),
            (5, -1453857185.0 / 822651844.0),
            (6, 69997945.0 / 29380423.0),
        ]],
        dense_slots: &[1, 2, 3, 4],
    };
}
