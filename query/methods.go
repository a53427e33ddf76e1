// Code generated from the table of operators by TestGenerated. DO NOT EDIT.

package query

// Eq finds values equal to the operand; null finds missing and null values.
func (r Ref) Eq(value any) Predicate { return r.Is("eq", value) }

// Neq finds all that eq does not, including missing values, null and other types.
func (r Ref) Neq(value any) Predicate { return r.Is("neq", value) }

// Gt finds values greater than the operand.
func (r Ref) Gt(value any) Predicate { return r.Is("gt", value) }

// Gte finds values greater than the operand, or equal.
func (r Ref) Gte(value any) Predicate { return r.Is("gte", value) }

// Lt finds values less than the operand.
func (r Ref) Lt(value any) Predicate { return r.Is("lt", value) }

// Lte finds values less than the operand, or equal.
func (r Ref) Lte(value any) Predicate { return r.Is("lte", value) }

// In finds values equal to an element of the list; none if it is empty; a null also finds missing and null values.
// Pass the list as one argument, or its elements as separate arguments.
func (r Ref) In(values ...any) Predicate { return r.Is("in", spread(values)) }

// Nin finds all that in does not.
// Pass the list as one argument, or its elements as separate arguments.
func (r Ref) Nin(values ...any) Predicate { return r.Is("nin", spread(values)) }

// IsNull finds missing and null values; with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsNull(yes ...bool) Predicate { return r.Is("isnull", allTrue(yes)) }

// IsNotNull finds values that are neither missing nor null; with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsNotNull(yes ...bool) Predicate { return r.Is("is_not_null", allTrue(yes)) }

// Contains finds strings that contain the operand.
func (r Ref) Contains(value any) Predicate { return r.Is("contains", value) }

// Icontains finds strings that contain the operand, ignoring case.
func (r Ref) Icontains(value any) Predicate { return r.Is("icontains", value) }

// Startswith finds strings that begin with the operand.
func (r Ref) Startswith(value any) Predicate { return r.Is("startswith", value) }

// Istartswith finds strings that begin with the operand, ignoring case.
func (r Ref) Istartswith(value any) Predicate { return r.Is("istartswith", value) }

// Endswith finds strings that end with the operand.
func (r Ref) Endswith(value any) Predicate { return r.Is("endswith", value) }

// Iendswith finds strings that end with the operand, ignoring case.
func (r Ref) Iendswith(value any) Predicate { return r.Is("iendswith", value) }

// Like finds strings that match a LIKE pattern.
func (r Ref) Like(value any) Predicate { return r.Is("like", value) }

// Ilike finds strings that match a LIKE pattern, ignoring case.
func (r Ref) Ilike(value any) Predicate { return r.Is("ilike", value) }

// Nlike finds all that like does not.
func (r Ref) Nlike(value any) Predicate { return r.Is("nlike", value) }

// Nilike finds all that ilike does not.
func (r Ref) Nilike(value any) Predicate { return r.Is("nilike", value) }

// Regex finds strings that match a POSIX regular expression of PostgreSQL.
func (r Ref) Regex(value any) Predicate { return r.Is("regex", value) }

// Iregex finds strings that match a POSIX regular expression of PostgreSQL, ignoring case.
func (r Ref) Iregex(value any) Predicate { return r.Is("iregex", value) }

// Nregex finds all that regex does not.
func (r Ref) Nregex(value any) Predicate { return r.Is("nregex", value) }

// Niregex finds all that iregex does not.
func (r Ref) Niregex(value any) Predicate { return r.Is("niregex", value) }

// ArrayContains finds arrays that contain the operand, or all elements of a list.
// Pass a list as one argument, or its elements as separate arguments.
func (r Ref) ArrayContains(values ...any) Predicate { return r.Is("array_contains", spread(values)) }

// ArrayContainedBy finds arrays all of whose elements are in the list.
// Pass the list as one argument, or its elements as separate arguments.
func (r Ref) ArrayContainedBy(values ...any) Predicate {
	return r.Is("array_contained_by", spread(values))
}

// ArrayOverlaps finds arrays that contain at least one element of the list.
// Pass the list as one argument, or its elements as separate arguments.
func (r Ref) ArrayOverlaps(values ...any) Predicate { return r.Is("array_overlaps", spread(values)) }

// LenEq finds arrays with that number of elements.
func (r Ref) LenEq(value any) Predicate { return r.Is("len_eq", value) }

// LenNeq finds arrays with another number of elements.
func (r Ref) LenNeq(value any) Predicate { return r.Is("len_neq", value) }

// LenGt finds arrays with more elements.
func (r Ref) LenGt(value any) Predicate { return r.Is("len_gt", value) }

// LenGte finds arrays with at least that many elements.
func (r Ref) LenGte(value any) Predicate { return r.Is("len_gte", value) }

// LenLt finds arrays with fewer elements.
func (r Ref) LenLt(value any) Predicate { return r.Is("len_lt", value) }

// LenLte finds arrays with at most that many elements.
func (r Ref) LenLte(value any) Predicate { return r.Is("len_lte", value) }

// StrictlyContains finds values of the operand's JSON type that contain it (manual, "jsonb Containment").
func (r Ref) StrictlyContains(value any) Predicate { return r.Is("strictly_contains", value) }

// L2Distance finds vectors within the given Euclidean distance.
// The operand marshals to {"vector": [numbers], "threshold": number}.
func (r Ref) L2Distance(value any) Predicate { return r.Is("l2_distance", value) }

// CosineDistance finds vectors within the given cosine distance.
// The operand marshals to {"vector": [numbers], "threshold": number}.
func (r Ref) CosineDistance(value any) Predicate { return r.Is("cosine_distance", value) }

// L1Distance finds vectors within the given taxicab distance.
// The operand marshals to {"vector": [numbers], "threshold": number}.
func (r Ref) L1Distance(value any) Predicate { return r.Is("l1_distance", value) }

// InnerProduct finds vectors with at least the given inner product.
// The operand marshals to {"vector": [numbers], "threshold": number}.
func (r Ref) InnerProduct(value any) Predicate { return r.Is("inner_product", value) }

// HammingDistance finds bit strings of the same length within the given Hamming distance.
// The operand marshals to {"vector": "bits", "threshold": number}.
func (r Ref) HammingDistance(value any) Predicate { return r.Is("hamming_distance", value) }

// JaccardDistance finds bit strings of the same length within the given Jaccard distance.
// The operand marshals to {"vector": "bits", "threshold": number}.
func (r Ref) JaccardDistance(value any) Predicate { return r.Is("jaccard_distance", value) }

// Matches finds text that matches a query in the syntax of to_tsquery.
// The operand marshals to {"query": string, "language": string}.
func (r Ref) Matches(value any) Predicate { return r.Is("matches", value) }

// PlainQuery finds text that contains all words of the query.
// The operand marshals to {"query": string, "language": string}.
func (r Ref) PlainQuery(value any) Predicate { return r.Is("plain_query", value) }

// PhraseQuery finds text that contains the words of the query one after the other.
// The operand marshals to {"query": string, "language": string}.
func (r Ref) PhraseQuery(value any) Predicate { return r.Is("phrase_query", value) }

// WebsearchQuery finds text that matches a query in the style of web search engines, which is never a syntax error.
// The operand marshals to {"query": string, "language": string}.
func (r Ref) WebsearchQuery(value any) Predicate { return r.Is("websearch_query", value) }

// IsIPv4 finds IPv4 addresses; with false, IPv6 addresses.
// Without an argument, the operand is true.
func (r Ref) IsIPv4(yes ...bool) Predicate { return r.Is("is_ipv4", allTrue(yes)) }

// IsIPv6 finds IPv6 addresses; with false, IPv4 addresses.
// Without an argument, the operand is true.
func (r Ref) IsIPv6(yes ...bool) Predicate { return r.Is("is_ipv6", allTrue(yes)) }

// IsPrivate finds private addresses (RFC 1918, RFC 4193); with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsPrivate(yes ...bool) Predicate { return r.Is("is_private", allTrue(yes)) }

// IsLoopback finds loopback addresses (RFC 1122, RFC 4291); with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsLoopback(yes ...bool) Predicate { return r.Is("is_loopback", allTrue(yes)) }

// IsMulticast finds multicast addresses (RFC 5771, RFC 4291); with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsMulticast(yes ...bool) Predicate { return r.Is("is_multicast", allTrue(yes)) }

// IsLinkLocal finds link-local addresses (RFC 3927, RFC 4291); with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsLinkLocal(yes ...bool) Predicate { return r.Is("is_link_local", allTrue(yes)) }

// IsDocumentation finds addresses for documentation (RFC 5737, RFC 3849, RFC 9637); with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsDocumentation(yes ...bool) Predicate { return r.Is("is_documentation", allTrue(yes)) }

// IsCarrierGrade finds shared addresses behind a carrier's NAT (RFC 6598); with false, all others.
// Without an argument, the operand is true.
func (r Ref) IsCarrierGrade(yes ...bool) Predicate { return r.Is("is_carrier_grade", allTrue(yes)) }

// InSubnet finds addresses and networks inside the given network, or equal to it.
func (r Ref) InSubnet(value any) Predicate { return r.Is("in_subnet", value) }

// ContainsSubnet finds networks that contain the given network, or are equal to it.
func (r Ref) ContainsSubnet(value any) Predicate { return r.Is("contains_subnet", value) }

// ContainsIP finds networks that contain the given address, and the address itself.
func (r Ref) ContainsIP(value any) Predicate { return r.Is("contains_ip", value) }

// Overlaps finds networks that overlap the given network.
func (r Ref) Overlaps(value any) Predicate { return r.Is("overlaps", value) }

// AncestorOf finds ancestors of a path, and the path itself.
func (r Ref) AncestorOf(value any) Predicate { return r.Is("ancestor_of", value) }

// DescendantOf finds descendants of a path, and the path itself.
func (r Ref) DescendantOf(value any) Predicate { return r.Is("descendant_of", value) }

// MatchesLquery finds paths that match an lquery.
func (r Ref) MatchesLquery(value any) Predicate { return r.Is("matches_lquery", value) }

// MatchesLtxtquery finds paths that match an ltxtquery.
func (r Ref) MatchesLtxtquery(value any) Predicate { return r.Is("matches_ltxtquery", value) }

// MatchesAnyLquery finds paths that match one of several lqueries.
// Pass the list as one argument, or its elements as separate arguments.
func (r Ref) MatchesAnyLquery(values ...any) Predicate {
	return r.Is("matches_any_lquery", spread(values))
}

// DepthEq finds paths with that number of labels.
func (r Ref) DepthEq(value any) Predicate { return r.Is("depth_eq", value) }

// DepthNeq finds paths with another number of labels.
func (r Ref) DepthNeq(value any) Predicate { return r.Is("depth_neq", value) }

// DepthGt finds paths with more labels.
func (r Ref) DepthGt(value any) Predicate { return r.Is("depth_gt", value) }

// DepthGte finds paths with at least that many labels.
func (r Ref) DepthGte(value any) Predicate { return r.Is("depth_gte", value) }

// DepthLt finds paths with fewer labels.
func (r Ref) DepthLt(value any) Predicate { return r.Is("depth_lt", value) }

// DepthLte finds paths with at most that many labels.
func (r Ref) DepthLte(value any) Predicate { return r.Is("depth_lte", value) }

// LCA finds paths equal to the longest common ancestor of the paths in the list.
// Pass the list as one argument, or its elements as separate arguments.
func (r Ref) LCA(values ...any) Predicate { return r.Is("lca", spread(values)) }

// DescendantOfID finds descendants of the path of the row with the given id; see Ref.Tree.
func (r Ref) DescendantOfID(value any) Predicate { return r.Is("descendant_of_id", value) }

// AncestorOfID finds ancestors of the path of the row with the given id; see Ref.Tree.
func (r Ref) AncestorOfID(value any) Predicate { return r.Is("ancestor_of_id", value) }
