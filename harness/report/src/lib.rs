//! From statistics to figures, pages and tables.
