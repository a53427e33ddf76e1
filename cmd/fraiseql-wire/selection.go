package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// selection holds the flags that replace a statement.
type selection struct {
	from   string
	where  string
	order  string
	limit  int64
	fields []string
	as     map[string]string
	resume string
}

// selectionFlags are those that need --from.
var selectionFlags = []string{"where", "order", "limit", "fields", "as", "resume"}

func (s *selection) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.from, "from", "", "`view` to read, instead of a statement")
	flags.StringVar(&s.where, "where", "", `filter, such as '{"age":{"gte":18}}'`)
	flags.StringVar(&s.order, "order", "", `order, such as '[{"name":"ASC"},{"id":"DESC"}]'`)
	flags.Int64Var(&s.limit, "limit", 0, "maximum number of `rows`")
	flags.StringSliceVar(&s.fields, "fields", nil, "`fields` of the documents to keep, such as id,machine.name")
	flags.StringToStringVar(&s.as, "as", nil, "`types` of fields for --where and --order, such as id=numeric,at=timestamp")
	flags.StringVar(&s.resume, "resume", "", "`file` for the place of an export, so that the same command continues it after a failure")
}

// check returns an error if the flags and arguments do not fit together.
func (s *selection) check(cmd *cobra.Command, args []string) error {
	changed := cmd.Flags().Changed
	if !changed("from") {
		for _, name := range selectionFlags {
			if changed(name) {
				return fmt.Errorf("--%s needs --from", name)
			}
		}
		return oneStatement(cmd, args)
	}
	switch {
	case len(args) > 0 || changed("file") || changed("arg"):
		return errors.New("want either a statement or --from, not both")
	case changed("resume") && !changed("order"):
		return errors.New("--resume needs an --order that ends with a unique key")
	case changed("resume") && (changed("stats") || changed("progress")):
		return errors.New("--stats and --progress cannot be shown with --resume")
	}
	return nil
}

// typeNames are the types that --as knows.
var typeNames = map[string]query.Type{
	"text": query.Text, "numeric": query.Numeric, "bool": query.Bool, "timestamp": query.Timestamp, "date": query.Date,
	"time": query.Time, "uuid": query.UUID, "inet": query.Inet, "ltree": query.Ltree, "vector": query.Vector, "json": query.JSON,
}

// statement returns the statement that the flags describe.
func (s *selection) statement(cmd *cobra.Command) (query.Select, error) {
	schema := &query.Schema{Open: true, Fields: map[string]query.Ref{}}
	for name, word := range s.as {
		t, err := choice("as", word, typeNames)
		if err != nil {
			return query.Select{}, err
		}
		schema.Fields[name] = query.Field(name).As(t)
	}
	q := query.From(s.from)
	changed := cmd.Flags().Changed
	if changed("where") {
		p, err := query.ParseFilter([]byte(s.where), schema)
		if err != nil {
			return q, wrongFlag("where", err)
		}
		q = q.Where(p)
	}
	if changed("order") {
		order, err := query.ParseOrder([]byte(s.order), schema)
		if err != nil {
			return q, wrongFlag("order", err)
		}
		q = q.OrderBy(order...)
	}
	if changed("limit") {
		q = q.Limit(s.limit)
	}
	for _, field := range s.fields {
		q = q.Project(query.Field(strings.Split(field, ".")...))
	}
	if _, _, err := q.Build(); err != nil {
		return q, wrongFlag("from", err)
	}
	return q, nil
}

// wrongFlag turns an error of package query into one of the command line.
func wrongFlag(flag string, err error) error {
	var wrong *werr.UsageError
	if !errors.As(err, &wrong) {
		return err
	}
	return usageError{fmt.Errorf("--%s: %s", flag, wrong.Detail)}
}
