package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/fraiseql/fraiseql-wire-go/inspect"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// start runs a query with its own entity, whose stream is closed when the test ends.
func start(t *testing.T, p *pool.Pool, entity, sql string, args []any, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s, err := p.QueryArgs(testbed.Context(t), sql, args, append(opts, stream.WithEntity(entity))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) // some tests close it earlier
	return s
}

// rowOf returns an expression for the row of an entity in the table of streams, which is undefined if there is none.
func rowOf(entity string) string {
	return fmt.Sprintf("[...document.querySelectorAll('#streams tbody tr')].find(tr => tr.cells[0].textContent === %q)", entity)
}

// press clicks on an element at once: a pointer would have to find it while the table moves.
func press(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", selector))
}

// The page shows what each stream waits for and the pool, and updates itself.
func TestInspectorShowsWhoWaitsForWhom(t *testing.T) {
	t.Parallel()
	const secret = "the argument of a query"
	tab, p := newTab(t), newPool(t, func(cfg *pool.Config) { cfg.MaxConns, cfg.Retry.Attempts = 5, 1 })
	endless := testbed.Numbered(testbed.Endless, 100)

	start(t, p, "consumer", endless+" WHERE $1::text <> ''", []any{secret})
	barrier := testbed.Observe(t, testbed.DSN(t)).Raise()
	waiting := testbed.Consume(start(t, p, "server", testbed.Numbered(5, 9000)+barrier.Behind(2), nil))
	paused := start(t, p, "<b>paused</b>", endless, nil)
	if err := paused.PauseWithReason("<i>lunch</i>"); err != nil {
		t.Fatal(err)
	}
	start(t, p, "memory", endless, nil, stream.WithReadAhead(stream.ReadAheadAlways),
		stream.WithMaxMemory(1<<10), stream.WithMemoryPolicy(stream.MemoryWait))

	visit(t, tab, newSite(t, inspect.Handler([]*pool.Pool{p})))
	for entity, wait := range map[string]string{"consumer": "consumer", "server": "server", "<b>paused</b>": "pause", "memory": "memory"} {
		waitFor(t, tab, rowOf(entity)+"?.cells[3].textContent.startsWith('"+wait+"')")
	}
	if got := evaluate[string](t, tab, rowOf("<b>paused</b>")+".cells[3].textContent"); len(got) == 0 || !evaluate[bool](t, tab,
		rowOf("<b>paused</b>")+".cells[3].textContent.startsWith('pause <i>lunch</i> for ')") {
		t.Errorf("the paused stream waits for %q", got)
	}
	if evaluate[bool](t, tab, "document.documentElement.outerHTML.includes('"+secret+"')") {
		t.Error("the page shows an argument")
	}
	if evaluate[bool](t, tab, "document.querySelector('form') !== null") {
		t.Error("the page has a form")
	}
	cells := evaluate[[]string](t, tab, "[...document.querySelector('#pools tbody tr').cells].map(td => td.textContent).slice(0, 7)")
	if want := fmt.Sprint([]string{p.Name(), "4", "0", "0", "5", "0", "4"}); fmt.Sprint(cells) != want {
		t.Errorf("the pool: %v, want %v", cells, want)
	}

	start(t, p, "late", endless, nil)
	waitFor(t, tab, rowOf("late"))
	if err := paused.Resume(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, tab, rowOf("<b>paused</b>")+".cells[3].textContent === 'consumer'")
	barrier.Open()
	waiting.Wait(t)
	waitFor(t, tab, "!"+rowOf("server"))
}

// A click on a column's title sorts by it, and the order is kept by a refresh.
func TestInspectorSorts(t *testing.T) {
	t.Parallel()
	tab, p := newTab(t), newPool(t, nil)
	for i, taken := range []int{10, 30, 20} {
		s := start(t, p, fmt.Sprintf("%s-%d", p.Name(), i), testbed.Numbered(testbed.Endless, 100), nil)
		testbed.Take(t, s, 0, taken)
	}
	own := fmt.Sprintf("[...document.querySelectorAll('#streams tbody tr')].map(tr => tr.cells[0].textContent)"+
		".filter(e => e.startsWith('%s-')).map(e => e.at(-1)).join('')", p.Name())
	visit(t, tab, newSite(t, inspect.Handler(nil)))
	waitFor(t, tab, own+" === '012'") // by age
	do(t, tab, press("a[href='#rows']"))
	waitFor(t, tab, own+" === '120'")
	start(t, p, p.Name()+"-3", testbed.Numbered(testbed.Endless, 100), nil)
	waitFor(t, tab, own+" === '1203'")
}

// The button cancels the stream of its row, and no other.
func TestInspectorCancels(t *testing.T) {
	t.Parallel()
	tab, p := newTab(t), newPool(t, nil)
	endless := testbed.Numbered(testbed.Endless, 100)
	streams := map[string]*stream.Stream{}
	for _, name := range []string{"before", "chosen", "behind"} {
		streams[name] = start(t, p, p.Name()+name, endless, nil)
	}
	visit(t, tab, newSite(t, inspect.Handler([]*pool.Pool{p}, inspect.AllowCancel())))
	waitFor(t, tab, rowOf(p.Name()+"chosen"))
	id := evaluate[string](t, tab, rowOf(p.Name()+"chosen")+".dataset.id")
	if _, err := chromedp.RunResponse(tab, press("tr[data-id='"+id+"'] button")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, tab, rowOf(p.Name()+"before")+" && !"+rowOf(p.Name()+"chosen"))
	for streams["chosen"].Next() {
	}
	testbed.CheckCategory(t, streams["chosen"].Err(), "cancelled")
	for _, name := range []string{"before", "behind"} {
		testbed.Take(t, streams[name], 0, 1000)
	}
	if n := evaluate[int](t, tab, "document.querySelectorAll('#pools tbody tr').length"); n != 1 {
		t.Errorf("%d pools", n)
	}
}

// While a button has the focus the table does not change, and the page says so.
func TestInspectorHoldsStill(t *testing.T) {
	t.Parallel()
	tab, p := newTab(t), newPool(t, nil)
	endless := testbed.Numbered(testbed.Endless, 100)
	start(t, p, p.Name()+"first", endless, nil)
	visit(t, tab, newSite(t, inspect.Handler(nil, inspect.AllowCancel())))
	waitFor(t, tab, rowOf(p.Name()+"first"))
	evaluate[chromedp.Void](t, tab, rowOf(p.Name()+"first")+".querySelector('button').focus()")
	waitFor(t, tab, "document.querySelector('#status').textContent.includes('paused')")
	start(t, p, p.Name()+"second", endless, nil)
	if _, err := chromedp.Run(tab, chromedp.Evaluate[chromedp.Void]("refresh()", chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	if evaluate[bool](t, tab, "!!"+rowOf(p.Name()+"second")) {
		t.Error("the table changed under a button")
	}
	evaluate[chromedp.Void](t, tab, "document.activeElement.blur()")
	waitFor(t, tab, rowOf(p.Name()+"second"))
}
