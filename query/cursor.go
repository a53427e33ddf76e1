package query

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
)

// Cursor returns the position of a row in the order, for After. A cursor is opaque, and safe in URLs. It contains the
// row's values of the OrderBy keys and a hash of these values and the order, so that a cursor that was truncated or
// changed, or that belongs to another order, is rejected. The hash is not a signature, and whoever has the cursor can
// read the values. The last key must be unique for a cursor to identify one row. If a key is a Column, or is not in the
// projection, the row does not contain it, and the error is a *errors.UsageError.
func (q Select) Cursor(row json.RawMessage) (string, error) {
	if err := q.checkCursor("Cursor"); err != nil {
		return "", err
	}
	if row != nil && !json.Valid(row) {
		return "", usage("Cursor: the row is not valid JSON")
	}
	return q.cursorOf(row)
}

func (q Select) cursorOf(row json.RawMessage) (string, error) {
	values := make([]*string, len(q.order))
	for i, o := range q.order {
		values[i] = keyOf(row, o.ref)
		if values[i] == nil && o.never {
			return "", usage("Cursor: " + o.ref.String() + " is declared NotNull, but the row has no value for it")
		}
	}
	payload, err := json.Marshal(values)
	if err != nil {
		return "", usage("Cursor: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(append(q.orderHash(payload), payload...)), nil
}

// checkCursor returns an error if rows of q cannot have cursors.
func (q Select) checkCursor(method string) error {
	if len(q.order) == 0 {
		return usage(method + ": a cursor needs an order")
	}
	if q.count {
		return usage(method + ": a count has no rows and so no cursors")
	}
	for i, o := range q.order {
		if detail := badOrder(q.order, i); detail != "" {
			return usage(detail)
		}
		switch {
		case o.ref.native:
			return usage(method + ": " + o.ref.String() + " is a column, which is not in the document")
		case !keeps(q.fields, o.ref):
			return usage(method + ": " + o.ref.String() + " is not in the projection")
		}
	}
	return nil
}

// orderHash returns a hash of the order and of the encoded values of a cursor.
func (q Select) orderHash(payload []byte) []byte {
	var b builder
	b.orderBy(q.order)
	h := fnv.New64a()
	_, _ = h.Write(b.sql) // never an error
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(payload)
	return binary.BigEndian.AppendUint64(nil, h.Sum64())
}

// readCursor decodes a cursor. It does not trust its content: each value must be of its key's type.
func (q Select) readCursor(cursor string) ([]*string, error) {
	if err := q.checkCursor("After"); err != nil {
		return nil, err
	}
	refused := usage("After: this is not a cursor for this order")
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(decoded) < 8 {
		return nil, refused
	}
	sum, payload := decoded[:8], decoded[8:]
	if string(sum) != string(q.orderHash(payload)) {
		return nil, refused
	}
	var values []*string
	if err := json.Unmarshal(payload, &values); err != nil || len(values) != len(q.order) {
		return nil, refused
	}
	for i, v := range values {
		if v == nil {
			continue
		}
		if badText(*v) != "" || !isKey(q.order[i].ref.typ, *v) {
			return nil, refused
		}
	}
	return values, nil
}
