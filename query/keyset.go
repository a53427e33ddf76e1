package query

// keyset is the place behind which rows are wanted: the order, and the value of each of its keys at the cursor's row.
type keyset struct {
	order  []Order
	values []*string // nil: NULL
	number []int     // of each value's parameter; 0: NULL
}

// keyset reads the cursor, if there is one.
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

// behind writes the condition in the form that an index serves best where it is right: a row comparison, which begins
// at the cursor; the general form with a bound on the first key, which begins at the first row with the cursor's value
// of it; the general form alone.
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

// comparesAsRow says whether (e1, e2) > ($1, $2) is right: all directions are equal, and no row behind the cursor has a
// null in its keys, which a row comparison never finds.
func (k *keyset) comparesAsRow() bool {
	for i, o := range k.order {
		if k.values[i] == nil || o.desc != k.order[0].desc || !o.never && !o.first() {
			return false
		}
	}
	return true
}

// sign compares a key with the cursor's value so that it is true behind it.
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

// rest writes that key i is behind the cursor's, or is the same and the keys behind it are.
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

// same writes that key i is the cursor's, and the keys behind it are behind.
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

// canBeLater says whether a value can be behind that of the cursor: nothing is behind a null that comes last.
func (k *keyset) canBeLater(i int) bool { return k.values[i] != nil || k.order[i].first() }

// later writes that key i is behind the cursor's.
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
