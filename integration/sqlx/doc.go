// Package sqlx is empty. Its tests use package stdlib as code does that is written against database/sql: through sqlx,
// which scans rows into values and structs. They are a module of their own, because sqlx is for nobody else here.
package sqlx
