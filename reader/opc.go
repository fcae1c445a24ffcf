package reader

import (
	"archive/zip"
	"net/url"
	"path"
	"strings"
)

// relationship is one line of a _rels part.
type relationship struct {
	kind     string // the last word of its type, such as worksheet
	target   string // the part's name; "" if it lies outside of the package
	external bool
}

// root expects the document element and enters it.
func root(x *xmlReader, where space, name string) error {
	if _, err := x.next(); err != nil {
		return err
	}
	if x.space != where || string(x.name) != name {
		return &Error{Problem: "its root element is not <" + name + "> of a known kind", Do: doRepair}
	}
	return nil
}

// children calls do for each child of the open element. do must leave the child: by skip, or by children. Of alternative
// contents it sees the fallback, which is there for readers that know no extensions.
func children(x *xmlReader, do func() error) error {
	for {
		t, err := x.next()
		if err != nil {
			return err
		}
		switch {
		case t == endTag:
			return nil
		case t == charData:
		case x.space == choiceSpace && string(x.name) == "AlternateContent":
			err = children(x, func() error {
				if string(x.name) == "Fallback" {
					return children(x, do)
				}
				return x.skip()
			})
		default:
			err = do()
		}
		if err != nil {
			return err
		}
	}
}

// relationships reads the part that belongs to source ("" for the package), by id.
func (a *archive) relationships(source string) (map[string]relationship, error) {
	dir, base := path.Split(source)
	name := dir + "_rels/" + base + ".rels"
	f := a.find(name)
	if f == nil {
		return nil, &Error{Part: name, Problem: "the part is missing", Do: doRepair}
	}
	out := map[string]relationship{}
	err := parsePart(f, maxPartBytes, func(x *xmlReader) error {
		if err := root(x, packageSpace, "Relationships"); err != nil {
			return err
		}
		return children(x, func() error {
			if x.space == packageSpace && string(x.name) == "Relationship" {
				if err := readRelationship(x, dir, out); err != nil {
					return err
				}
			}
			return x.skip()
		})
	})
	return out, err
}

func readRelationship(x *xmlReader, dir string, out map[string]relationship) error {
	var id, kind, target, mode string
	for name, to := range map[string]*string{"Id": &id, "Type": &kind, "Target": &target, "TargetMode": &mode} {
		v, _, err := x.attr(name)
		if err != nil {
			return err
		}
		*to = v
	}
	if _, ok := out[id]; ok || id == "" {
		return x.fail("a relationship without an id of its own")
	}
	rel := relationship{kind: kind[strings.LastIndexByte(kind, '/')+1:], external: mode == "External"}
	if !rel.external {
		rel.target = resolve(dir, target)
	}
	out[id] = rel
	return nil
}

// resolve makes a part's name of a target that is relative to dir.
func resolve(dir, target string) string {
	target = strings.ReplaceAll(target, `\`, "/")
	if i := strings.IndexByte(target, '#'); i >= 0 {
		target = target[:i]
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + dir + target
	}
	return strings.TrimPrefix(path.Clean(target), "/")
}

// target finds the part of a relationship, as written or with its %xx decoded.
func (a *archive) target(rel relationship) *zip.File {
	if f := a.find(rel.target); f != nil {
		return f
	}
	if plain, err := url.PathUnescape(rel.target); err == nil {
		return a.find(plain)
	}
	return nil
}

// contentTypes says what a part is: by its own name, else by its extension.
type contentTypes struct{ parts, extensions map[string]string }

func (a *archive) contentTypes() (contentTypes, error) {
	c := contentTypes{map[string]string{}, map[string]string{}}
	err := parsePart(a.find("[Content_Types].xml"), maxPartBytes, func(x *xmlReader) error {
		if err := root(x, typesSpace, "Types"); err != nil {
			return err
		}
		return children(x, func() error {
			into, key := c.parts, "PartName"
			if string(x.name) == "Default" {
				into, key = c.extensions, "Extension"
			}
			name, _, err := x.attr(key)
			if err != nil {
				return err
			}
			kind, _, err := x.attr("ContentType")
			if err != nil {
				return err
			}
			into[strings.ToLower(strings.TrimPrefix(name, "/"))] = kind
			return x.skip()
		})
	})
	return c, err
}

func (c contentTypes) of(name string) string {
	name = strings.ToLower(name)
	if t, ok := c.parts[name]; ok {
		return t
	}
	return c.extensions[strings.TrimPrefix(path.Ext(name), ".")]
}
