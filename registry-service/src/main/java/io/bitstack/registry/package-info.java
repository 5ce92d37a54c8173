/** The registry: models, versions, stacks and their order, nodes, deployments and keys. */
@NullMarked
package io.bitstack.registry;

import org.jspecify.annotations.NullMarked;
