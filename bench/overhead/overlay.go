package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A build without a feature is made by go build's -overlay: the files that edits name are replaced by copies, in which
// the functions do nothing, or less. The tree itself stays as it is. A function that is no longer there is an error:
// the table of features has to follow the code.

const workload = "./bench/overhead/workload"

// build compiles the workload with edits and returns the program's path.
func build(ctx context.Context, dir, name string, edits []edit) (string, error) {
	replaced := map[string]string{}
	for _, e := range edits {
		path, err := filepath.Abs(e.file)
		if err != nil {
			return "", err
		}
		if err := e.apply(path, dir, name, replaced); err != nil {
			return "", err
		}
	}
	overlay := filepath.Join(dir, name+".json")
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err == nil {
		err = os.WriteFile(overlay, text, 0o600)
	}
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", program, workload)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build without %s: %w\n%s", name, err, out)
	}
	return program, nil
}

// apply edits the file at path, or the copy that an edit before has made of it.
func (e edit) apply(path, dir, name string, replaced map[string]string) error {
	from := path
	if copied, ok := replaced[path]; ok {
		from = copied
	}
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, from, source, 0)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || qualified(f) != e.function {
			continue
		}
		begin, end := fset.Position(f.Body.Lbrace).Offset+1, fset.Position(f.Body.Rbrace).Offset
		body, err := e.edited(string(source[begin:end]))
		if err != nil {
			return err
		}
		to := filepath.Join(dir, name+"-"+filepath.Base(path))
		replaced[path] = to
		return os.WriteFile(to, bytes.Join([][]byte{source[:begin], []byte(body), source[end:]}, nil), 0o600)
	}
	return fmt.Errorf("%s has no function %s any more", e.file, e.function)
}

func (e edit) edited(body string) (string, error) {
	if e.replace == nil {
		return "\n" + e.body + "\n", nil
	}
	for old, text := range e.replace {
		if !strings.Contains(body, old) {
			return "", fmt.Errorf("%s: %s no longer says %q", e.file, e.function, old)
		}
		body = strings.ReplaceAll(body, old, text)
	}
	return body, nil
}

// qualified is a function's name behind its receiver's type.
func qualified(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name
}
