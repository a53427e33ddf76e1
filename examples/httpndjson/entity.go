package httpndjson

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Entity is a view with a column data, and what may be asked of it. All of it is SQL that the program's author wrote.
type Entity struct {
	View    string            // such as v_user
	Filters map[string]string // a condition by the name of its URL parameter; %s stands for the value
	OrderBy string            // an expression; empty: as the server likes
}

// query is the statement for a request's parameters, and its arguments. A parameter that the entity does not know is an
// error, and so is one that is given twice: a filter that is silently left out shows more than was asked for.
func (e Entity) query(parameters url.Values) (sql string, args []any, err error) {
	var conditions []string
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		values := parameters[name]
		condition, known := e.Filters[name]
		if !known || len(values) != 1 {
			return "", nil, fmt.Errorf("want each filter once, of those that there are; %q is not", name)
		}
		args = append(args, values[0])
		conditions = append(conditions, fmt.Sprintf(condition, fmt.Sprintf("$%d", len(args))))
	}
	sql = "SELECT data FROM " + e.View
	if len(conditions) > 0 {
		sql += " WHERE " + strings.Join(conditions, " AND ")
	}
	if e.OrderBy != "" {
		sql += " ORDER BY " + e.OrderBy
	}
	return sql, args, nil
}
