package field

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	yamlWhole  = regexp.MustCompile(`^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)$`)
	yamlNumber = regexp.MustCompile(`^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$`)
	yamlTrue   = []string{"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
	yamlFalse  = []string{"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
	yamlNull   = []string{"", "~", "null", "Null", "NULL"}
)

// parseYAML reads what attributes of pure XBlocks hold besides text: JSON, which YAML includes, and the scalars of YAML 1.1, where yes and on are
// true and 010 is eight. Every other text is that text; dates too, since only their field knows them.
func parseYAML(text string) (n node, duplicate string) {
	if n, duplicate, ok := parseJSON(text); ok && (n.kind == arrayNode || n.kind == objectNode || n.kind == stringNode) {
		return n, duplicate
	}
	return yamlScalar(strings.TrimSpace(text)), ""
}

func yamlScalar(s string) node {
	bare := strings.ReplaceAll(s, "_", "")
	switch {
	case slices.Contains(yamlNull, s):
		return node{}
	case slices.Contains(yamlTrue, s):
		return node{kind: boolNode, truth: true}
	case slices.Contains(yamlFalse, s):
		return node{kind: boolNode}
	case len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'':
		return textNode(strings.ReplaceAll(s[1:len(s)-1], "''", "'"))
	case yamlWhole.MatchString(s):
		if whole, ok := new(big.Int).SetString(bare, 0); ok {
			return node{kind: wholeNode, text: whole.String()}
		}
	case yamlNumber.MatchString(s):
		number, _ := strconv.ParseFloat(bare, 64) // only a range error is possible, and then number is infinite
		return node{kind: numberNode, number: number}
	}
	switch strings.ToLower(s) {
	case ".inf", "+.inf":
		return node{kind: numberNode, number: math.Inf(1)}
	case "-.inf":
		return node{kind: numberNode, number: math.Inf(-1)}
	case ".nan":
		return node{kind: numberNode, number: math.NaN()}
	}
	return textNode(s)
}
