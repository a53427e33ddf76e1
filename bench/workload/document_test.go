package workload

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppendDocumentHasTheSizeAskedFor(t *testing.T) {
	t.Parallel()
	for _, size := range []int{MinSize, 120, 1 << 10, 10 << 10} {
		for _, row := range []int64{1, 5_000_000} {
			if doc := AppendDocument(nil, row, size); len(doc) != size {
				t.Errorf("row %d: %d bytes, want %d: %s", row, len(doc), size, doc)
			}
		}
	}
	if doc := AppendDocument(nil, 1, 0); len(doc) != MinSize {
		t.Errorf("size 0 gives %d bytes, want the minimum, %d", len(doc), MinSize)
	}
}

func TestDocumentDecodesIntoUser(t *testing.T) {
	t.Parallel()
	var got User
	if err := json.Unmarshal(AppendDocument(nil, 7, MinSize+3), &got); err != nil {
		t.Fatal(err)
	}
	want := User{ID: 1_000_007, Pad: "xxx", Name: "user 1000007", Tags: []string{"a", "b"}, Score: 1.25, Active: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
