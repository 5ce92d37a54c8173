/** The part of MLflow's REST API by which its stock clients use a model registry, in MLflow's own shapes and with its own errors. */
@NullMarked
package io.bitstack.registry.mlflow;

import org.jspecify.annotations.NullMarked;
