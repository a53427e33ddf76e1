package query

// keyset is the position after which rows are wanted: the order, and the value of each of its keys in the cursor's row.
type keyset struct {
	order  []Order
	values []*string // nil: NULL
	number []int     // parameter number of each value; 0: NULL
}

// keyset decodes the cursor, if there is one.
func (q Select) keyset() (*keyset, error) {
	if q.cursor == nil || q.count {
		return nil, nil
	}
	values, err := q.readCursor(*q.cursor)
	if err != nil {
		return nil, err
	}
	return &keyset{order: q.order, values: values, number: make([]int, len(values))}, nil
}

// behind writes the condition for the rows after the cursor, in the first of these forms that is correct, because an
// index serves them best in this order: a row comparison, with which an index scan begins at the cursor; the general
// form with a bound on the first key, with which it begins at the first row with the cursor's value of that key; the
// general form alone.
func (b *builder) behind(k *keyset) {
	for i, v := range k.values {
		if v != nil {
			b.args = append(b.args, *v)
			k.number[i] = len(b.args)
		}
	}
	first := k.order[0]
	switch {
	case k.comparesAsRow():
		b.row(k)
	case k.values[0] != nil && len(k.values) > 1 && (first.never || first.first()):
		b.compare(k, 0, sign(first)+`=`)
		b.write(` AND (`)
		b.rest(k, 0)
		b.write(`)`)
	default:
		b.rest(k, 0)
	}
}

// comparesAsRow reports whether (e1, e2) > ($1, $2) is correct: all directions are equal, and no row after the cursor
// has a null among its keys, because a row comparison never finds such rows.
func (k *keyset) comparesAsRow() bool {
	for i, o := range k.order {
		if k.values[i] == nil || o.desc != k.order[0].desc || !o.never && !o.first() {
			return false
		}
	}
	return true
}

// sign returns the operator that is true of a key after the cursor's value.
func sign(o Order) string {
	if o.desc {
		return `<`
	}
	return `>`
}

func (b *builder) row(k *keyset) {
	if len(k.order) == 1 {
		b.compare(k, 0, sign(k.order[0]))
		return
	}
	b.write(`(`)
	for i, o := range k.order {
		if i > 0 {
			b.write(`, `)
		}
		b.key(o)
	}
	b.write(`) `, sign(k.order[0]), ` (`)
	for i := range k.order {
		if i > 0 {
			b.write(`, `)
		}
		b.cursorValue(k, i)
	}
	b.write(`)`)
}

// compare writes key i, an operator, and the cursor's value.
func (b *builder) compare(k *keyset, i int, operator string) {
	b.key(k.order[i])
	b.write(` `, operator, ` `)
	b.cursorValue(k, i)
}

func (b *builder) cursorValue(k *keyset, i int) {
	b.parameter(k.number[i])
	b.castParameter(&part{typ: k.order[i].ref.typ}, k.order[i].ref)
}

// rest writes the condition that keys i and later are after the cursor's: key i is, or it is equal and the keys that
// follow it are.
func (b *builder) rest(k *keyset, i int) {
	later, last := k.canBeLater(i), i == len(k.order)-1
	if later {
		b.later(k, i)
	}
	switch {
	case last && !later:
		b.write(`false`)
	case last:
	case later:
		b.write(` OR (`)
		b.same(k, i)
		b.write(`)`)
	default:
		b.same(k, i)
	}
}

// same writes the condition that key i equals the cursor's, and the keys that follow it are after the cursor's.
func (b *builder) same(k *keyset, i int) {
	if k.values[i] == nil {
		b.key(k.order[i])
		b.write(` IS NULL`)
	} else {
		b.compare(k, i, `=`)
	}
	b.write(` AND (`)
	b.rest(k, i+1)
	b.write(`)`)
}

// canBeLater reports whether any value of key i can come after the cursor's: nothing comes after a null if nulls are
// last.
func (k *keyset) canBeLater(i int) bool { return k.values[i] != nil || k.order[i].first() }

// later writes the condition that key i is after the cursor's.
func (b *builder) later(k *keyset, i int) {
	o := k.order[i]
	if k.values[i] == nil {
		b.key(o)
		b.write(` IS NOT NULL`)
		return
	}
	b.compare(k, i, sign(o))
	if !o.first() && !o.never {
		b.write(` OR `)
		b.key(o)
		b.write(` IS NULL`)
	}
}
