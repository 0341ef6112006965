/** The node's type, as Handlebars names it. */
export function isContent(node: hbs.AST.Node): node is hbs.AST.ContentStatement {
  return node.type === "ContentStatement";
}

/** The node's type, as Handlebars names it. */
export function isMustache(node: hbs.AST.Node): node is hbs.AST.MustacheStatement {
  return node.type === "MustacheStatement";
}

/** The node's type, as Handlebars names it. */
export function isBlock(node: hbs.AST.Node): node is hbs.AST.BlockStatement {
  return node.type === "BlockStatement" || node.type === "DecoratorBlock";
}

/** The node's type, as Handlebars names it. */
export function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === "PathExpression";
}

/** The node's type, as Handlebars names it. */
export function isSubExpression(node: hbs.AST.Node): node is hbs.AST.SubExpression {
  return node.type === "SubExpression";
}

/** The node's type, as Handlebars names it. */
export function isString(node: hbs.AST.Node): node is hbs.AST.StringLiteral {
  return node.type === "StringLiteral";
}

/** The node's type, as Handlebars names it. */
export function isBoolean(node: hbs.AST.Node): node is hbs.AST.BooleanLiteral {
  return node.type === "BooleanLiteral";
}

/** The node's type, as Handlebars names it. */
export function isNumber(node: hbs.AST.Node): node is hbs.AST.NumberLiteral {
  return node.type === "NumberLiteral";
}
