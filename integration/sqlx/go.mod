module github.com/fraiseql/fraiseql-wire-go/integration/sqlx

go 1.25.0

require (
	github.com/fraiseql/fraiseql-wire-go v0.0.0
	github.com/google/go-cmp v0.7.0
	github.com/jmoiron/sqlx v1.4.0
)

require (
	github.com/VictoriaMetrics/metrics v1.45.0 // indirect
	github.com/jackc/pgx/v5 v5.12.0 // indirect
	github.com/valyala/fastrand v1.1.0 // indirect
	github.com/valyala/histogram v1.2.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	golang.org/x/sys v0.46.0 // indirect
	golang.org/x/text v0.41.0 // indirect
)

replace github.com/fraiseql/fraiseql-wire-go => ../..
