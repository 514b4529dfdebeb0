//! "Text streams": TXT clauses.

mod reading;
