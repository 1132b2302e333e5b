package modulestore

// PageTree cuts a tree into pages, for tests that make trees with storetest.
func PageTree(t *Tree) (root ID, pages []Object, err error) {
	paged, pages, err := pageTree(t, nil)
	if err != nil {
		return ID{}, nil, err
	}
	return paged.root, pages, nil
}
