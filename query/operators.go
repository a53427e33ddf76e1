package query

// operator is a row of the table of operators. From this table come the methods of Ref, the names that ParseFilter
// accepts, docs/OPERATORS.md, and the cases that the tests must cover.
type operator struct {
	name    string
	aliases []string // in addition to the camelCase form of each name
	group   string
	takes   operandKind
	types   typeSet // types that As may have
	reads   Type    // type of {E} and {G} if the operand does not determine it
	negated bool    // the exact complement of the SQL below: true also if that is NULL

	// document and column are the SQL for a place in the document and for a column with a type of its own; if column is
	// empty, document is used for both. $1 and $2 are the operand. See builder.expand for the letters in braces.
	document, column string

	example string // an operand in JSON, as ParseFilter takes it
	finds   string // description of the values that match
}

// typeSet is a set of types, with one bit for each.
type typeSet uint16

func setOf(types ...Type) (s typeSet) {
	for _, t := range types {
		s |= 1 << t
	}
	return s
}

func (s typeSet) has(t Type) bool { return s&(1<<t) != 0 }

var (
	everyType   = ^typeSet(0)
	equatable   = everyType &^ setOf(Vector)
	orderable   = equatable &^ setOf(Bool, JSON)
	stringTypes = everyType &^ setOf(Numeric, Bool, Vector)
	documents   = setOf(JSON)
)

// Groups of operators, in the order of the documentation.
const (
	groupComparison = "Comparison"
	groupNull       = "Null"
	groupText       = "Text"
	groupArray      = "Arrays"
	groupVector     = "Vectors"
	groupSearch     = "Full text search"
	groupNetwork    = "Network addresses"
	groupTree       = "Trees (ltree)"
)

// operators is the table of operators.
var operators = []operator{
	{name: "eq", group: groupComparison, takes: takesValue, types: equatable,
		document: `{E} = {P}{G}`, example: `"abc"`, finds: "values equal to the operand; null finds missing and null values"},
	{name: "neq", aliases: []string{"ne"}, group: groupComparison, takes: takesValue, types: equatable, negated: true,
		document: `{E} = {P}{G}`, example: `"abc"`, finds: "all that eq does not, including missing values, null and other types"},
	{name: "gt", group: groupComparison, takes: takesOrdered, types: orderable,
		document: `{E} > {P}{G}`, example: `18`, finds: "values greater than the operand"},
	{name: "gte", group: groupComparison, takes: takesOrdered, types: orderable,
		document: `{E} >= {P}{G}`, example: `18`, finds: "values greater than the operand, or equal"},
	{name: "lt", group: groupComparison, takes: takesOrdered, types: orderable,
		document: `{E} < {P}{G}`, example: `18`, finds: "values less than the operand"},
	{name: "lte", group: groupComparison, takes: takesOrdered, types: orderable,
		document: `{E} <= {P}{G}`, example: `18`, finds: "values less than the operand, or equal"},
	{name: "in", group: groupComparison, takes: takesList, types: equatable,
		document: `{E} = ANY({P}){G}`, example: `["a", "b"]`, finds: "values equal to an element of the list; none if it is empty; a null also finds missing and null values"},
	{name: "nin", aliases: []string{"notin", "notIn"}, group: groupComparison, takes: takesList, types: equatable, negated: true,
		document: `{E} = ANY({P}){G}`, example: `["a", "b"]`, finds: "all that in does not"},

	{name: "isnull", aliases: []string{"is_null"}, group: groupNull, takes: takesFlag, types: everyType,
		document: `{K} IS NULL`, example: `true`, finds: "missing and null values; with false, all others"},
	{name: "is_not_null", aliases: []string{"isnotnull"}, group: groupNull, takes: takesFlag, types: everyType,
		document: `{K} IS NOT NULL`, example: `true`, finds: "values that are neither missing nor null; with false, all others"},

	{name: "contains", group: groupText, takes: takesSubstring, types: stringTypes,
		document: `{T} LIKE $1{G}`, example: `"abc"`, finds: "strings that contain the operand"},
	{name: "icontains", aliases: []string{"iContains"}, group: groupText, takes: takesSubstring, types: stringTypes,
		document: `{T} ILIKE $1{G}`, example: `"abc"`, finds: "strings that contain the operand, ignoring case"},
	{name: "startswith", aliases: []string{"startsWith"}, group: groupText, takes: takesPrefix, types: stringTypes,
		document: `{T} LIKE $1{G}`, example: `"abc"`, finds: "strings that begin with the operand"},
	{name: "istartswith", aliases: []string{"iStartsWith", "istartsWith"}, group: groupText, takes: takesPrefix, types: stringTypes,
		document: `{T} ILIKE $1{G}`, example: `"abc"`, finds: "strings that begin with the operand, ignoring case"},
	{name: "endswith", aliases: []string{"endsWith"}, group: groupText, takes: takesSuffix, types: stringTypes,
		document: `{T} LIKE $1{G}`, example: `"abc"`, finds: "strings that end with the operand"},
	{name: "iendswith", aliases: []string{"iEndsWith", "iendsWith"}, group: groupText, takes: takesSuffix, types: stringTypes,
		document: `{T} ILIKE $1{G}`, example: `"abc"`, finds: "strings that end with the operand, ignoring case"},
	{name: "like", group: groupText, takes: takesPattern, types: stringTypes,
		document: `{T} LIKE $1{G}`, example: `"a_c%"`, finds: "strings that match a LIKE pattern"},
	{name: "ilike", aliases: []string{"iLike"}, group: groupText, takes: takesPattern, types: stringTypes,
		document: `{T} ILIKE $1{G}`, example: `"a_c%"`, finds: "strings that match a LIKE pattern, ignoring case"},
	{name: "nlike", aliases: []string{"nLike"}, group: groupText, takes: takesPattern, types: stringTypes, negated: true,
		document: `{T} LIKE $1{G}`, example: `"a_c%"`, finds: "all that like does not"},
	{name: "nilike", aliases: []string{"niLike"}, group: groupText, takes: takesPattern, types: stringTypes, negated: true,
		document: `{T} ILIKE $1{G}`, example: `"a_c%"`, finds: "all that ilike does not"},
	{name: "regex", group: groupText, takes: takesRegex, types: stringTypes,
		document: `{T} ~ $1{G}`, example: `"^a.c$"`, finds: "strings that match a POSIX regular expression of PostgreSQL"},
	{name: "iregex", aliases: []string{"imatches", "iRegex", "iMatches"}, group: groupText, takes: takesRegex, types: stringTypes,
		document: `{T} ~* $1{G}`, example: `"^a.c$"`, finds: "strings that match a POSIX regular expression of PostgreSQL, ignoring case"},
	{name: "nregex", aliases: []string{"not_matches", "nRegex"}, group: groupText, takes: takesRegex, types: stringTypes, negated: true,
		document: `{T} ~ $1{G}`, example: `"^a.c$"`, finds: "all that regex does not"},
	{name: "niregex", aliases: []string{"niRegex"}, group: groupText, takes: takesRegex, types: stringTypes, negated: true,
		document: `{T} ~* $1{G}`, example: `"^a.c$"`, finds: "all that iregex does not"},

	{name: "array_contains", group: groupArray, takes: takesElements, types: documents,
		document: `{V} @> $1::jsonb`, column: `{C} @> $1`, example: `["a", "b"]`, finds: "arrays that contain the operand, or all elements of a list"},
	{name: "array_contained_by", aliases: []string{"array_contained_in", "contained_in"}, group: groupArray, takes: takesElementList, types: documents,
		document: `jsonb_typeof({V}) = 'array' AND {V} <@ $1::jsonb`, column: `{C} <@ $1`, example: `["a", "b"]`, finds: "arrays all of whose elements are in the list"},
	{name: "array_overlaps", group: groupArray, takes: takesAnyElement, types: documents,
		document: `{V} @> ANY($1::jsonb[])`, column: `{C} && $1`, example: `["a", "b"]`, finds: "arrays that contain at least one element of the list"},
	{name: "len_eq", group: groupArray, takes: takesCount, types: documents,
		document: `{N} = $1::bigint`, example: `2`, finds: "arrays with that number of elements"},
	{name: "len_neq", group: groupArray, takes: takesCount, types: documents,
		document: `{N} <> $1::bigint`, example: `2`, finds: "arrays with another number of elements"},
	{name: "len_gt", group: groupArray, takes: takesCount, types: documents,
		document: `{N} > $1::bigint`, example: `2`, finds: "arrays with more elements"},
	{name: "len_gte", group: groupArray, takes: takesCount, types: documents,
		document: `{N} >= $1::bigint`, example: `2`, finds: "arrays with at least that many elements"},
	{name: "len_lt", group: groupArray, takes: takesCount, types: documents,
		document: `{N} < $1::bigint`, example: `2`, finds: "arrays with fewer elements"},
	{name: "len_lte", group: groupArray, takes: takesCount, types: documents,
		document: `{N} <= $1::bigint`, example: `2`, finds: "arrays with at most that many elements"},
	{name: "strictly_contains", group: groupArray, takes: takesDocument, types: documents,
		document: `jsonb_typeof({V}) = jsonb_typeof($1::jsonb) AND {V} @> $1::jsonb`, example: `{"a": 1}`, finds: "values of the operand's JSON type that contain it (manual, \"jsonb Containment\")"},

	{name: "l2_distance", group: groupVector, takes: takesVector, types: setOf(Vector),
		document: `({D} <-> $1::vector) <= $2::float8`, example: `{"vector": [1, 0, 0], "threshold": 1}`, finds: "vectors within the given Euclidean distance"},
	{name: "cosine_distance", group: groupVector, takes: takesVector, types: setOf(Vector),
		document: `({D} <=> $1::vector) <= $2::float8`, example: `{"vector": [1, 0, 0], "threshold": 0.3}`, finds: "vectors within the given cosine distance"},
	{name: "l1_distance", group: groupVector, takes: takesVector, types: setOf(Vector),
		document: `({D} <+> $1::vector) <= $2::float8`, example: `{"vector": [1, 0, 0], "threshold": 1}`, finds: "vectors within the given taxicab distance"},
	{name: "inner_product", group: groupVector, takes: takesVector, types: setOf(Vector),
		document: `({D} <#> $1::vector) <= -($2::float8)`, example: `{"vector": [1, 0, 0], "threshold": 1}`, finds: "vectors with at least the given inner product"},
	{name: "hamming_distance", group: groupVector, takes: takesBits, types: setOf(Vector),
		document: `({B} <~> $1::text::varbit) <= $2::float8`, example: `{"vector": "11110000", "threshold": 2}`, finds: "bit strings of the same length within the given Hamming distance"},
	{name: "jaccard_distance", group: groupVector, takes: takesBits, types: setOf(Vector),
		document: `({B} <%> $1::text::varbit) <= $2::float8`, example: `{"vector": "11110000", "threshold": 0.5}`, finds: "bit strings of the same length within the given Jaccard distance"},

	{name: "matches", aliases: []string{"search"}, group: groupSearch, takes: takesSearch, types: stringTypes,
		document: `{F} @@ to_tsquery({L}, $1){G}`, example: `{"query": "fox & quick", "language": "english"}`, finds: "text that matches a query in the syntax of to_tsquery"},
	{name: "plain_query", aliases: []string{"plainto_tsquery"}, group: groupSearch, takes: takesSearch, types: stringTypes,
		document: `{F} @@ plainto_tsquery({L}, $1){G}`, example: `{"query": "quick fox", "language": "english"}`, finds: "text that contains all words of the query"},
	{name: "phrase_query", aliases: []string{"phraseto_tsquery"}, group: groupSearch, takes: takesSearch, types: stringTypes,
		document: `{F} @@ phraseto_tsquery({L}, $1){G}`, example: `{"query": "quick fox", "language": "english"}`, finds: "text that contains the words of the query one after the other"},
	{name: "websearch_query", aliases: []string{"websearch_to_tsquery"}, group: groupSearch, takes: takesSearch, types: stringTypes,
		document: `{F} @@ websearch_to_tsquery({L}, $1){G}`, example: `{"query": "\"quick fox\" -dog", "language": "english"}`, finds: "text that matches a query in the style of web search engines, which is never a syntax error"},

	{name: "is_ipv4", aliases: []string{"isIPv4"}, group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `family({E}) = 4`, example: `true`, finds: "IPv4 addresses; with false, IPv6 addresses"},
	{name: "is_ipv6", aliases: []string{"isIPv6"}, group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `family({E}) = 6`, example: `true`, finds: "IPv6 addresses; with false, IPv4 addresses"},
	{name: "is_private", group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `{E} <<= ANY('{10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7}'::inet[])`, example: `true`, finds: "private addresses (RFC 1918, RFC 4193); with false, all others"},
	{name: "is_loopback", group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `{E} <<= ANY('{127.0.0.0/8,::1/128}'::inet[])`, example: `true`, finds: "loopback addresses (RFC 1122, RFC 4291); with false, all others"},
	{name: "is_multicast", group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `{E} <<= ANY('{224.0.0.0/4,ff00::/8}'::inet[])`, example: `true`, finds: "multicast addresses (RFC 5771, RFC 4291); with false, all others"},
	{name: "is_link_local", group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `{E} <<= ANY('{169.254.0.0/16,fe80::/10}'::inet[])`, example: `true`, finds: "link-local addresses (RFC 3927, RFC 4291); with false, all others"},
	{name: "is_documentation", group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `{E} <<= ANY('{192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32,3fff::/20}'::inet[])`, example: `true`, finds: "addresses for documentation (RFC 5737, RFC 3849, RFC 9637); with false, all others"},
	{name: "is_carrier_grade", group: groupNetwork, takes: takesFlag, types: setOf(Inet), reads: Inet,
		document: `{E} <<= ANY('{100.64.0.0/10}'::inet[])`, example: `true`, finds: "shared addresses behind a carrier's NAT (RFC 6598); with false, all others"},
	{name: "in_subnet", aliases: []string{"inrange", "inRange"}, group: groupNetwork, takes: takesNetwork, types: setOf(Inet), reads: Inet,
		document: `{E} <<= $1::inet`, example: `"10.0.0.0/8"`, finds: "addresses and networks inside the given network, or equal to it"},
	{name: "contains_subnet", aliases: []string{"subnet_contains"}, group: groupNetwork, takes: takesNetwork, types: setOf(Inet), reads: Inet,
		document: `{E} >>= $1::inet`, example: `"10.1.0.0/16"`, finds: "networks that contain the given network, or are equal to it"},
	{name: "contains_ip", aliases: []string{"containsIP"}, group: groupNetwork, takes: takesNetwork, types: setOf(Inet), reads: Inet,
		document: `{E} >>= $1::inet`, example: `"10.1.2.3"`, finds: "networks that contain the given address, and the address itself"},
	{name: "overlaps", aliases: []string{"subnet_overlaps"}, group: groupNetwork, takes: takesNetwork, types: setOf(Inet), reads: Inet,
		document: `{E} && $1::inet`, example: `"10.1.0.0/16"`, finds: "networks that overlap the given network"},

	{name: "ancestor_of", group: groupTree, takes: takesPath, types: setOf(Ltree), reads: Ltree,
		document: `{E} @> $1::ltree`, example: `"top.science.astro"`, finds: "ancestors of a path, and the path itself"},
	{name: "descendant_of", aliases: []string{"isdescendant", "isDescendant"}, group: groupTree, takes: takesPath, types: setOf(Ltree), reads: Ltree,
		document: `{E} <@ $1::ltree`, example: `"top.science"`, finds: "descendants of a path, and the path itself"},
	{name: "matches_lquery", group: groupTree, takes: takesTreeQuery, types: setOf(Ltree), reads: Ltree,
		document: `{E} ~ $1::lquery`, example: `"top.*{1}.astro"`, finds: "paths that match an lquery"},
	{name: "matches_ltxtquery", group: groupTree, takes: takesTreeQuery, types: setOf(Ltree), reads: Ltree,
		document: `{E} @ $1::ltxtquery`, example: `"astro & !art"`, finds: "paths that match an ltxtquery"},
	{name: "matches_any_lquery", group: groupTree, takes: takesTreeQueries, types: setOf(Ltree), reads: Ltree,
		document: `{E} ? $1::lquery[]`, example: `["top.*", "no.*"]`, finds: "paths that match one of several lqueries"},
	{name: "depth_eq", group: groupTree, takes: takesCount, types: setOf(Ltree), reads: Ltree,
		document: `nlevel({E}) = $1::bigint`, example: `3`, finds: "paths with that number of labels"},
	{name: "depth_neq", group: groupTree, takes: takesCount, types: setOf(Ltree), reads: Ltree,
		document: `nlevel({E}) <> $1::bigint`, example: `3`, finds: "paths with another number of labels"},
	{name: "depth_gt", group: groupTree, takes: takesCount, types: setOf(Ltree), reads: Ltree,
		document: `nlevel({E}) > $1::bigint`, example: `3`, finds: "paths with more labels"},
	{name: "depth_gte", group: groupTree, takes: takesCount, types: setOf(Ltree), reads: Ltree,
		document: `nlevel({E}) >= $1::bigint`, example: `3`, finds: "paths with at least that many labels"},
	{name: "depth_lt", group: groupTree, takes: takesCount, types: setOf(Ltree), reads: Ltree,
		document: `nlevel({E}) < $1::bigint`, example: `3`, finds: "paths with fewer labels"},
	{name: "depth_lte", group: groupTree, takes: takesCount, types: setOf(Ltree), reads: Ltree,
		document: `nlevel({E}) <= $1::bigint`, example: `3`, finds: "paths with at most that many labels"},
	{name: "lca", group: groupTree, takes: takesPaths, types: setOf(Ltree), reads: Ltree,
		document: `{E} = lca($1::ltree[])`, example: `["top.science.a", "top.science.b"]`, finds: "paths equal to the longest common ancestor of the paths in the list"},
	{name: "descendant_of_id", group: groupTree, takes: takesID, types: setOf(Ltree), reads: Ltree,
		document: `{E} <@ ({I})`, example: `7`, finds: "descendants of the path of the row with the given id; see Ref.Tree"},
	{name: "ancestor_of_id", group: groupTree, takes: takesID, types: setOf(Ltree), reads: Ltree,
		document: `{E} @> ({I})`, example: `7`, finds: "ancestors of the path of the row with the given id; see Ref.Tree"},
}
