package key_test

import (
	"fmt"

	"lectern/modulestore/key"
)

func Example() {
	course, err := key.ParseCourse("OpenedX/DemoX/2024_T1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(course)
	fmt.Println(course.Block(key.BlockID{Type: "problem", Name: "intro"}))

	_, err = key.ParseCourse("course-v1:Open edX+DemoX+2024_T1")
	fmt.Println(err)

	// Output:
	// course-v1:OpenedX+DemoX+2024_T1
	// block-v1:OpenedX+DemoX+2024_T1+type@problem+block@intro
	// course key "course-v1:Open edX+DemoX+2024_T1": "Open edX" cannot be the org: it holds U+0020 ' ', and only letters, digits, _ - ~ . : are allowed
}
