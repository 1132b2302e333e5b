package search

import "syscall"

// freeSpace tells how many bytes can still be written at a folder.
func freeSpace(folder string) (free int64, known bool) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * st.Bsize, true
}
