package integration_test

// endlessRows is rows that the server makes while they are read. It does not know how many at first, or it would compile
// the query, which takes its time.
const endlessRows = "SELECT jsonb_build_object('id', generate_series(1, (SELECT 1000000000))) AS data"
