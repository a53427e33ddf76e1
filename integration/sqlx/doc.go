// Package sqlx is empty. Its tests use package stdlib like programs written for database/sql: through sqlx, which scans
// rows into values and structs. They are a separate module, because nothing else here needs sqlx.
package sqlx
